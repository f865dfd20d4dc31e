"""Issues or verifies with the PyPI package sd-jwt, as the JSON on standard input asks."""
import json
import sys

from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

task = json.load(sys.stdin)
key = JWK(**task["key"])
if task["op"] == "verify":
    payload = SDJWTVerifier(task["sd_jwt"], lambda issuer, header: key).get_verified_payload()
    json.dump({"payload": payload}, sys.stdout)
else:
    claims = task["claims"]
    for name in task["arrays"]:
        claims[name] = [SDObj(value) for value in claims[name]]
    issuer = SDJWTIssuer(claims, key, sign_alg="ES256", extra_header_parameters=task["header"])
    json.dump({"sd_jwt": issuer.sd_jwt_issuance}, sys.stdout)
