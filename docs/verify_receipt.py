#!/usr/bin/env python3
"""Verifies one consent receipt with Python and `cryptography` alone.

    python3 verify_receipt.py root.pem receipt.sd-jwt

It checks the header, the leaf certificate (usage, name, lifetime, chain to a
given root at the time of issue), the signature and every disclosure. root.pem
holds one root or several, as that of a bundle does after a change of the root key.
It does not check the JSON Schema, that JSON members are unique, or how several
receipts follow one another: `receipt verify` does.

It reads one receipt as a token (.sd-jwt), with a byte order mark and with blanks and line
breaks around it. Of pages, PDFs and bundles it reads nothing: `receipt verify` does.

Exit 0: genuine. 1: refused, with the reason. 2: wrong usage, a file cannot be read, or
there is no receipt in it that this script reads.
"""
import base64
import codecs
import hashlib
import json
import sys
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

MAX_BYTES = 64 * 1024
ARRAYS = ["changes", "records", "standing", "actor", "evidence", "request", "note"]


def shown(text):
    """A text in which nothing steers a terminal: names of files and claims are others' words."""
    return "".join(c if " " <= c <= "~" else ascii(c)[1:-1] for c in text)


def need(condition, reason):
    if not condition:
        sys.exit(shown(f"REFUSED: {reason}"))


def b64decode(text):
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    need(base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == text, "not canonical base64url")
    return raw


def read_roots(name):
    with open(name, "rb") as f:
        pem = f.read()
    try:
        roots = x509.load_pem_x509_certificates(pem)
    except Exception:
        roots = []
    # The library passes over what is no certificate, and over one without an end.
    if not roots or len(roots) != pem.count(b"-----BEGIN"):
        raise ValueError(f"{name}: it holds no PEM certificate, or one that is broken")
    return roots


def certified_by(leaf, root):
    try:
        leaf.verify_directly_issued_by(root)
        return True
    except Exception:
        return False


def check_leaf(leaf, roots, iss, issued_at):
    extension = lambda kind: leaf.extensions.get_extension_for_class(kind).value
    root = next((root for root in roots if certified_by(leaf, root)), None)
    need(root, "chain: the leaf is not certified by a root that was given")
    need(root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca, "the root is no CA")
    need(not extension(x509.BasicConstraints).ca, "the leaf is a CA")
    usage = extension(x509.KeyUsage)
    others = ["content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"]
    need(usage.digital_signature and not any(getattr(usage, name) for name in others), "usage: not exactly digitalSignature")
    purposes = [oid.dotted_string for oid in extension(x509.ExtendedKeyUsage)]
    need(purposes == ["1.3.6.1.5.5.7.3.36"], "usage: not exactly document signing (RFC 9336)")
    names = list(extension(x509.SubjectAlternativeName))
    need(len(names) == 1 and isinstance(names[0], x509.UniformResourceIdentifier), "name: not exactly one URI")
    need(names[0].value == iss, f"name: the leaf may not sign for {iss}")
    need(leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(hours=24), "the leaf is valid for over 24 hours")
    for cert in (leaf, root):
        need(cert.not_valid_before_utc <= issued_at <= cert.not_valid_after_utc, "iat is outside a certificate's validity")


def token(file):
    """The token that a file holds, without what programs leave around it."""
    return file.strip().removeprefix(codecs.BOM_UTF8).strip()


def verify(roots, receipt):
    need(len(receipt) <= MAX_BYTES, "size: larger than a receipt may be")
    need(receipt.isascii(), "form: it has characters that do not belong in a receipt")
    jwt, *disclosures, end = receipt.decode().split("~")
    need(end == "", "form: a receipt ends in ~")
    need(jwt.count(".") == 2, "form: it does not begin with header.payload.signature")
    header64, payload64, signature64 = jwt.split(".")
    header, payload = json.loads(b64decode(header64)), json.loads(b64decode(payload64))
    need(set(header) == {"alg", "typ", "x5c"}, "header: not exactly alg, typ and x5c")
    need(header["alg"] == "ES256" and header["typ"] == "consent-receipt+sd-jwt", "header: another alg or typ")
    need(len(header["x5c"]) == 1, "header: not exactly one certificate")
    leaf = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0], validate=True))
    check_leaf(leaf, roots, payload["iss"], datetime.fromtimestamp(payload["iat"], timezone.utc))
    key, raw = leaf.public_key(), b64decode(signature64)
    need(isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1), "the leaf is not on P-256")
    need(len(raw) == 64, "signature: not 64 bytes")
    der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    try:
        key.verify(der, f"{header64}.{payload64}".encode(), ec.ECDSA(hashes.SHA256()))
    except Exception:
        need(False, "signature: it does not verify; something was changed")
    need(payload["_sd_alg"] == "sha-256", "disclosure: another digest algorithm")
    digests = [element["..."] for name in ARRAYS for element in payload[name]]
    need(len(digests) == len(set(digests)), "disclosure: a digest appears twice")
    values = {}
    for encoded in disclosures:
        digest = base64.urlsafe_b64encode(hashlib.sha256(encoded.encode()).digest()).rstrip(b"=").decode()
        need(digest in digests and digest not in values, "disclosure: changed, foreign, or there twice")
        salt, values[digest] = json.loads(b64decode(encoded))
    print(shown(f"GENUINE: receipt {payload['seq']}, {payload['event']['type']}, {payload['event']['occurred_at']}"))
    print("digest sha256:" + hashlib.sha256(f"{header64}.{payload64}".encode()).hexdigest())
    for name in ARRAYS:
        for element in payload[name]:
            print(f"  {name}:", shown(json.dumps(values[element["..."]])) if element["..."] in values else "(withheld)")


def main(args):
    try:
        root_file, receipt_file = args
        roots = read_roots(root_file)
        with open(receipt_file, "rb") as f:
            receipt = token(f.read(MAX_BYTES + 1024))
    except (OSError, ValueError) as e:
        print(shown(f"usage: verify_receipt.py root.pem receipt.sd-jwt ({e})"), file=sys.stderr)
        return 2
    if not receipt.startswith(b"eyJ"):
        print("NO RECEIPT HERE: nothing was judged. This script reads one .sd-jwt; receipt verify and verify.html read more.")
        return 2
    try:
        verify(roots, receipt)
    except Exception as e:  # whatever is malformed is no receipt
        need(False, f"form: it cannot be read as a receipt ({type(e).__name__})")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
