"""An authorized agent of the Data Rights Protocol 1.0, on PyNaCl and urllib: it gets a
token, asks, follows, is refused where it should be, and revokes.
argv: base URL, agent, its seed in base64, another agent, its seed, business, now.
stdout: a JSON list of [what, status, body]."""

import base64
import datetime
import json
import sys
import urllib.error
import urllib.request

from nacl.signing import SigningKey

base, agent, seed, other, other_seed, business, now = sys.argv[1:]
key, other_key = (SigningKey(base64.b64decode(s)) for s in (seed, other_seed))
at = datetime.datetime.fromisoformat(now)
story = []


def call(what, method, path, token=None, body=None):
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
    story.append([what, status, body])
    return body


def sign(signer, claims):
    return base64.b64encode(signer.sign(json.dumps(claims).encode()))


def envelope(who, **claims):
    return {
        "agent-id": who,
        "business-id": business,
        "issued-at": (at - datetime.timedelta(seconds=1)).isoformat(timespec="milliseconds"),
        "expires-at": (at + datetime.timedelta(minutes=10)).isoformat(timespec="milliseconds"),
        "drp.version": "1.0",
        **claims,
    }


token = call("key setup", "POST", f"/v1/agent/{agent}", body=sign(key, envelope(agent)))["token"]
other_token = call("other's key setup", "POST", f"/v1/agent/{other}", body=sign(other_key, envelope(other)))["token"]
call("key setup in another's name", "POST", f"/v1/agent/{agent}", body=sign(other_key, envelope(agent)))
call("information", "GET", f"/v1/agent/{agent}", token)
call("information, another's token", "GET", f"/v1/agent/{agent}", other_token)

exercise = sign(key, envelope(
    agent, exercise="deletion", regime="ccpa", name="Doe, Jane", email="jane@mail.example", email_verified=True,
    status_callback="https://agent.example/update_status", **{"agent-request-id": "case-7"}))
opened = call("exercise", "POST", "/v1/data-rights-request", token, exercise)
call("exercise again", "POST", "/v1/data-rights-request", token, exercise)
call("exercise, another's token", "POST", "/v1/data-rights-request", other_token, exercise)
call("exercise, no token", "POST", "/v1/data-rights-request", None, exercise)
call("sale:opt-in", "POST", "/v1/data-rights-request", token, sign(key, envelope(agent, exercise="sale:opt-in")))

path = f"/v1/data-rights-request/{opened['request_id']}"
call("status", "GET", path, token)
call("status, another's token", "GET", path, other_token)
call("status of nothing", "GET", "/v1/data-rights-request/9d3e7c1a-5b2f-4a68-8c70-ffffffffffff", token)
reason = {"reason": "I don't want my account deleted"}
call("revoke, another's token", "DELETE", path, other_token, sign(other_key, reason))
call("revoke, another's key", "DELETE", path, token, sign(other_key, reason))
call("revoke", "DELETE", path, token, sign(key, reason))
call("revoke again", "DELETE", path, token, sign(key, reason))
json.dump(story, sys.stdout)
