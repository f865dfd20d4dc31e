"""Makes keys in KMS. Reads the properties of AWS::KMS::Key resources by name from
standard input, as JSON, and prints {name: {"Arn": ..., "Ref": ...}}.

Policies are left out: they name roles that are yet to be made.
"""

import json
import sys

import boto3

kms = boto3.client("kms")
made = {}
for name, properties in json.load(sys.stdin).items():
    key = kms.create_key(
        Description=properties["Description"],
        KeySpec=properties.get("KeySpec", "SYMMETRIC_DEFAULT"),
        KeyUsage=properties.get("KeyUsage", "ENCRYPT_DECRYPT"),
    )["KeyMetadata"]
    made[name] = {"Arn": key["Arn"], "Ref": key["KeyId"]}
json.dump(made, sys.stdout)
