"""An authorized agent that signs with PyNaCl, the binding of libsodium: combined mode,
then base64, as section 3.07.1 of the Data Rights Protocol has it.
stdin: [{"seed": base64, "message": text}]; stdout: the signed messages."""

import base64
import json
import sys

from nacl.signing import SigningKey

signed = []
for task in json.load(sys.stdin):
    key = SigningKey(base64.b64decode(task["seed"]))
    signed.append(base64.b64encode(key.sign(task["message"].encode())).decode())
json.dump(signed, sys.stdout)
