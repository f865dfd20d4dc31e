"""Issues or verifies with the PyPI package sd-jwt, as the JSON on standard input asks."""
import json
import sys

from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier



def verify(sd_jwt, key):
    return SDJWTVerifier(sd_jwt, lambda issuer, header: key).get_verified_payload()


def accepts(one):
    try:
        verify(one["sd_jwt"], JWK(**one["key"]))
    except Exception:
        return False
    return True


task = json.load(sys.stdin)
if task["op"] == "accept":
    json.dump({"accepted": [accepts(one) for one in task["all"]]}, sys.stdout)
    sys.exit()
key = JWK(**task["key"])
if task["op"] == "verify":
    json.dump({"payload": verify(task["sd_jwt"], key)}, sys.stdout)
else:
    claims = task["claims"]
    for name in task["arrays"]:
        claims[name] = [SDObj(value) for value in claims[name]]
    issuer = SDJWTIssuer(claims, key, sign_alg="ES256", extra_header_parameters=task["header"])
    json.dump({"sd_jwt": issuer.sd_jwt_issuance}, sys.stdout)
