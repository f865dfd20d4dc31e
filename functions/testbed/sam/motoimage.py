"""Writes a root file system that holds moto's server, as a tar file, and prints the
instructions that an image of it needs (docker import --change), one a line.

    python motoimage.py FILE.tar PORT

Nothing is downloaded: the server is tried in this process, as the functions use
it, and what Python opened meanwhile is what goes in. Linux only.
"""
import json
import os
import sys
import tarfile
import urllib.parse
import urllib.request

opened = set()
sys.addaudithook(lambda event, args: event == "open" and isinstance(args[0], str) and opened.add(args[0]))


def ask(base, service, target, **body):
    """Sends one request, unsigned: moto only reads the service's name."""
    request = urllib.request.Request(base, json.dumps(body).encode(), {
        "X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1",
        "Authorization": f"AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/{service}/aws4_request"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def publish(base):
    """Makes a topic and publishes to it. SNS takes forms."""
    topic = "arn:aws:sns:us-east-1:123456789012:topic"
    for form in ({"Action": "CreateTopic", "Name": "topic"}, {"Action": "Publish", "TopicArn": topic, "Message": "m"}):
        request = urllib.request.Request(base, urllib.parse.urlencode({"Version": "2010-03-31", **form}).encode(), {
            "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sns/aws4_request"})
        urllib.request.urlopen(request).close()


def rehearse():
    """Does with the server what the functions do with KMS, EventBridge, SQS and SNS."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    base = "http://%s:%d/" % server.get_host_and_port()

    def kms(action, **body):
        return ask(base, "kms", "TrentService." + action, **body)

    root = kms("CreateKey", KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    kms("GetPublicKey", KeyId=root)
    kms("Sign", KeyId=root, Message="A" * 43 + "=", MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256")
    mac = kms("CreateKey", KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    kms("GenerateMac", KeyId=mac, Message="AAAA", MacAlgorithm="HMAC_SHA_256")
    sealing = kms("CreateKey")["KeyMetadata"]["KeyId"]
    kms("Decrypt", CiphertextBlob=kms("Encrypt", KeyId=sealing, Plaintext="AAAA")["CiphertextBlob"])
    ask(base, "events", "AWSEvents.CreateEventBus", Name="bus")
    ask(base, "events", "AWSEvents.PutEvents",
        Entries=[{"EventBusName": "bus", "Source": "s", "DetailType": "t", "Detail": "{}"}])
    queue = ask(base, "sqs", "AmazonSQS.CreateQueue", QueueName="queue")["QueueUrl"]
    ask(base, "sqs", "AmazonSQS.SendMessage", QueueUrl=queue, MessageBody="{}")
    publish(base)
    server.stop()


def mapped():
    """Lists the executable and the libraries that this process has in memory."""
    with open("/proc/self/maps") as maps:
        paths = {line.split(maxsplit=5)[-1].strip() for line in maps}
    return {p for p in paths if p.startswith("/")}


def names(path):
    """Yields a library's file and the links to it beside it: a loader looks for a link."""
    folder = os.path.dirname(path)
    yield path
    for entry in os.scandir(folder):
        if entry.is_symlink() and os.path.realpath(entry.path) == path:
            yield entry.path


def main(target, port):
    rehearse()
    libraries = {path for path in mapped() if ".so" in os.path.basename(path)}
    python = os.path.realpath(sys.executable)
    files = {python} | {name for library in libraries for name in names(library)}
    files |= opened | {m.__file__ for m in list(sys.modules.values()) if getattr(m, "__file__", None)}
    with tarfile.open(target, "w") as tar:
        for path in sorted(files):
            if os.path.isfile(path) and not path.startswith(("/proc/", "/sys/", "/dev/")):
                tar.add(path, recursive=False)
    loader = next(p for p in libraries if os.path.basename(p).startswith("ld-"))
    folders = ":".join(sorted({os.path.dirname(p) for p in libraries}))
    start = f"from moto.server import main; main(['-H', '0.0.0.0', '-p', '{port}'])"
    print("ENV PYTHONPATH=" + ":".join(p for p in sys.path if p.endswith("site-packages")))
    print("ENTRYPOINT " + json.dumps([loader, "--library-path", folders, python, "-B", "-c", start]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
