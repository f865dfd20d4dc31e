"""Checks an answer as a controller would (OpenDSR 2.0, section 8.8): the certificate of
the discovery document against a root and the domain, then the signature over the raw body.
stdin: {"root", "chain", "domain", "at", "signature", "body"}; body and signature in base64."""

import base64
import datetime
import json
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.x509.verification import DNSName, PolicyBuilder, Store

task = json.load(sys.stdin)
root = x509.load_pem_x509_certificate(task["root"].encode())
leaf, *issuers = x509.load_pem_x509_certificates(task["chain"].encode())
at = datetime.datetime.fromisoformat(task["at"])
verifier = PolicyBuilder().store(Store([root])).time(at).build_server_verifier(DNSName(task["domain"]))
verifier.verify(leaf, issuers)
leaf.public_key().verify(
    base64.b64decode(task["signature"]), base64.b64decode(task["body"]), padding.PKCS1v15(), hashes.SHA256()
)
