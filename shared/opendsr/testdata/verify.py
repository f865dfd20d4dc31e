"""Checks an answer as a controller would (OpenDSR 2.0, section 8.8): the certificate of
the discovery document against a root and the domain, then the signature over the raw body.
stdin: {"root", "chain", "domain", "at", "signature", "body", "pss"}; body and signature
in base64, pss whether the padding is PSS and not PKCS #1 v1.5."""

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
pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
scheme = pss if task["pss"] else padding.PKCS1v15()
leaf.public_key().verify(
    base64.b64decode(task["signature"]), base64.b64decode(task["body"]), scheme, hashes.SHA256()
)
