"""Prints as JSON what a deployed stack consists of, as the services describe it, and
the digests of the files in the packages that were uploaded.

    describe.py STACK BUCKET

Region, credentials and address come from the environment, as for any AWS client.
"""

import base64
import hashlib
import io
import json
import sys
import zipfile

import boto3


def client(service):
    return boto3.client(service)


def table(name):
    return client("dynamodb").describe_table(TableName=name)["Table"]


def function(name):
    return client("lambda").get_function_configuration(FunctionName=name)


def role(name):
    iam = client("iam")
    described = iam.get_role(RoleName=name)["Role"]
    described["Policies"] = {
        policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    }
    described["Attached"] = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    return described


def queue(url):
    return client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def rule(name):
    events = client("events")
    name = name.split("|")[-1]  # AWS puts the bus before it
    for bus in (b["Name"] for b in events.list_event_buses()["EventBuses"]):
        if any(r["Name"] == name for r in events.list_rules(EventBusName=bus)["Rules"]):
            described = events.describe_rule(Name=name, EventBusName=bus)
            described["Targets"] = events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]
            return described
    raise LookupError(f"no bus has the rule {name}")


def mapping(identifier):
    return client("lambda").get_event_source_mapping(UUID=identifier)


def log_group(name):
    groups = client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return next(group for group in groups if group["logGroupName"] == name)


def packages(bucket):
    """Digest of each package, as Lambda writes it: hex digest of each file in it."""
    s3 = client("s3")
    found = {}
    for stored in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        if stored["Key"].endswith(".zip"):
            body = s3.get_object(Bucket=bucket, Key=stored["Key"])["Body"].read()
            with zipfile.ZipFile(io.BytesIO(body)) as files:
                found[base64.b64encode(hashlib.sha256(body).digest()).decode()] = {
                    name: hashlib.sha256(files.read(name)).hexdigest() for name in files.namelist()
                }
    return found


DESCRIBED = {
    "AWS::DynamoDB::Table": table,
    "AWS::Lambda::Function": function,
    "AWS::Lambda::EventSourceMapping": mapping,
    "AWS::IAM::Role": role,
    "AWS::SQS::Queue": queue,
    "AWS::Events::Rule": rule,
    "AWS::Logs::LogGroup": log_group,
}


def main(stack, bucket):
    cloudformation = client("cloudformation")
    resources = {}
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    for resource in (r for page in pages for r in page["StackResourceSummaries"]):
        kind, name = resource["ResourceType"], resource["PhysicalResourceId"]
        resources[resource["LogicalResourceId"]] = {
            "Type": kind,
            "Name": name,
            "Described": DESCRIBED[kind](name) if kind in DESCRIBED else None,
        }
    described = {
        "Stack": cloudformation.describe_stacks(StackName=stack)["Stacks"][0],
        "Resources": resources,
        "Packages": packages(bucket),
    }
    json.dump(described, sys.stdout, default=str)


if __name__ == "__main__":
    main(*sys.argv[1:])
