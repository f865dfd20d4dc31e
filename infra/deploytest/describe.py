"""Prints as JSON what a deployed stack consists of, as the services describe it.

    describe.py STACK

Region, credentials and address come from the environment, as for any AWS client.
"""

import json
import sys

import boto3


def client(service):
    return boto3.client(service)


def table(name):
    dynamodb = client("dynamodb")
    described = dynamodb.describe_table(TableName=name)["Table"]
    described["PointInTimeRecovery"] = dynamodb.describe_continuous_backups(TableName=name)[
        "ContinuousBackupsDescription"
    ]["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
    return described


def key(name):
    kms = client("kms")
    described = kms.describe_key(KeyId=name)["KeyMetadata"]
    described["Policy"] = json.loads(kms.get_key_policy(KeyId=name, PolicyName="default")["Policy"])
    described["Rotates"] = kms.get_key_rotation_status(KeyId=name)["KeyRotationEnabled"]
    return described


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
    bus, name = name.split("|") if "|" in name else ("default", name)
    described = events.describe_rule(Name=name, EventBusName=bus)
    described["Targets"] = events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]
    return described


def mapping(identifier):
    return client("lambda").get_event_source_mapping(UUID=identifier)


def log_group(name):
    groups = client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return next(group for group in groups if group["logGroupName"] == name)


DESCRIBED = {
    "AWS::DynamoDB::Table": table,
    "AWS::KMS::Key": key,
    "AWS::Lambda::Function": function,
    "AWS::Lambda::EventSourceMapping": mapping,
    "AWS::IAM::Role": role,
    "AWS::SQS::Queue": queue,
    "AWS::Events::Rule": rule,
    "AWS::Logs::LogGroup": log_group,
}


def main(stack):
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
    json.dump({"Stack": cloudformation.describe_stacks(StackName=stack)["Stacks"][0], "Resources": resources}, sys.stdout, default=str)


if __name__ == "__main__":
    main(*sys.argv[1:])
