"""An authorized agent of the Data Rights Protocol 1.0, on PyNaCl and urllib: it gets a
token, asks, follows, is refused where it should be, tampers with every claim, and revokes.
argv: base URL, agent, its seed in base64, another agent, its seed, business.
stdout: a JSON list of {what, status, body, want}."""

import base64
import datetime
import json
import sys
import urllib.error
import urllib.request

from nacl.signing import SigningKey

base, agent, seed, other, other_seed, business = sys.argv[1:]
key, other_key = (SigningKey(base64.b64decode(s)) for s in (seed, other_seed))
story = []


def call(what, method, path, token=None, body=None, **want):
    headers = {"Content-Type": "text/plain"} if method == "POST" else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(base + path, data=body, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            status, text = answer.status, answer.read()
    except urllib.error.HTTPError as answer:
        status, text = answer.code, answer.read()
    body = json.loads(text) if text else None
    story.append({"what": what, "status": status, "body": body, "want": want})
    return body


def sign(signer, claims):
    return base64.b64encode(signer.sign(json.dumps(claims).encode()))


def moment(minutes, seconds=0):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes, seconds=seconds)
    return at.isoformat(timespec="milliseconds")


def envelope(who, **claims):
    return {
        "agent-id": who, "business-id": business, "issued-at": moment(0, -1), "expires-at": moment(10), "drp.version": "1.0", **claims,
    }


def refused(status, fatal=True):
    return {"HTTP": status, "code": str(status), "fatal": fatal or None}


setup, ask = f"/v1/agent/{agent}", "/v1/data-rights-request"
token = call("key setup", "POST", setup, body=sign(key, envelope(agent)), HTTP=200, **{"agent-id": agent})["token"]
other_token = call("other's key setup", "POST", f"/v1/agent/{other}", body=sign(other_key, envelope(other)), HTTP=200)["token"]
call("key setup in another's name", "POST", setup, body=sign(other_key, envelope(agent)), HTTP=403)
call("information", "GET", setup, token, HTTP=200)
call("information, with a slash", "GET", setup + "/", token, HTTP=200)
call("information, another's token", "GET", setup, other_token, HTTP=403)

claims = envelope(
    agent, exercise="deletion", regime="ccpa", name="Rivera, Alex", email="alex@example.com", email_verified=True,
    phone_number="+15555550100", phone_number_verified=False, address={"locality": "Exampleville"}, address_verified=True,
    power_of_attorney="https://agent.example/poa/7", relationships=["customer"],
    status_callback="https://agent.example/update_status", **{"agent-request-id": "case-7"})
exercise = sign(key, claims)
opened = call("exercise", "POST", ask, token, exercise, HTTP=200, status="in_progress", agent_request_id="case-7")
call("exercise again", "POST", ask, token, exercise, HTTP=200, request_id=opened["request_id"])
call("exercise again, with a slash at the end", "POST", ask + "/", token, exercise, HTTP=200, request_id=opened["request_id"])
call("exercise, another's token", "POST", ask, other_token, exercise, **refused(403))
call("exercise, no token", "POST", ask, None, exercise, HTTP=401, code="401")

# whatever is changed after signing, the signature no longer holds
signature = base64.b64decode(exercise)[:64]
for name in claims:
    for how, changed in (("changed", {**claims, name: "other"}), ("taken away", {k: v for k, v in claims.items() if k != name})):
        call(f"{name} {how}", "POST", ask, token, base64.b64encode(signature + json.dumps(changed).encode()), **refused(403))

# a genuine signature over a claim that does not hold
for name, value, status, fatal in (
    ("agent-id", other, 403, True), ("business-id", "ANOTHER_BANK", 403, True), ("issued-at", moment(5), 403, False),
    ("expires-at", moment(0, -0.5), 403, True), ("expires-at", moment(60), 403, True), ("issued-at", "yesterday", 400, True),
    ("drp.version", "0.9.4", 400, True), ("exercise", "sale:opt-in", 400, True), ("exercise", "rectification", 400, True),
    ("regime", "gdpr", 400, True), ("relationships", "customer", 400, True), ("agent-request-id", 7, 400, True),
    ("status_callback", "https://169.254.169.254/latest", 400, True), ("status_callback", "http://agent.example/", 400, True),
    ("name", 7, 400, True), ("email", "no address", 400, True), ("email_verified", "true", 400, True),
    ("phone_number", "555 0100", 400, True), ("phone_number_verified", 1, 400, True), ("address", "1 Example Street", 400, True),
    ("address_verified", "no", 400, True), ("power_of_attorney", 7, 400, True),
):
    call(f"{name} is {value}", "POST", ask, token, sign(key, {**claims, name: value}), **refused(status, fatal))

path = f"{ask}/{opened['request_id']}"
call("status", "GET", path, token, HTTP=200, status="in_progress")
call("status, with a slash", "GET", path + "/", token, HTTP=200, status="in_progress")
call("status, another's token", "GET", path, other_token, HTTP=403, code="403")
call("status of nothing", "GET", f"{ask}/9d3e7c1a-5b2f-4a68-8c70-ffffffffffff", token, HTTP=403, code="403")
reason = {"reason": "I don't want my account deleted"}
call("revoke, another's token", "DELETE", path, other_token, sign(other_key, reason), HTTP=403, code="403")
call("revoke, another's key", "DELETE", path, token, sign(other_key, reason), **refused(403))
call("revoke", "DELETE", path, token, sign(key, reason), HTTP=200, status="revoked")
call("revoke again, with a slash", "DELETE", path + "/", token, sign(key, reason), HTTP=200, status="revoked")
json.dump(story, sys.stdout)
