"""Checks commands of the AWS CLI by botocore's models, of which that command makes its own flags.

Reads JSON from standard input: a list of [service, operation, flag, ...]. Prints a line for each
that there is not.
"""

import json
import sys

import botocore.session

EVERYWHERE = {"output", "query", "region"}
OWN = {("logs", "tail")}  # commands that the AWS CLI has beside the operations of services

session = botocore.session.get_session()
for service, operation, *flags in json.load(sys.stdin):
    if (service, operation) in OWN:
        continue
    if service not in session.get_available_services():
        print(f"aws {service}: no such service")
        continue
    model = session.get_service_model(service)
    names = {botocore.xform_name(name, "-"): name for name in model.operation_names}
    if operation not in names:
        print(f"aws {service} {operation}: no such operation")
        continue
    known = set(EVERYWHERE)
    shape = model.operation_model(names[operation]).input_shape
    for name, member in shape.members.items() if shape else ():
        flag = botocore.xform_name(name, "-")
        known.add(flag)
        if member.type_name == "boolean":
            known.add("no-" + flag)
    for flag in flags:
        if flag not in known:
            print(f"aws {service} {operation}: no flag --{flag}")
