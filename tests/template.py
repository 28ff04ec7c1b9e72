"""Reads a CloudFormation template, strictly, and prints what is wrong.

	template.py TEMPLATE	nothing to say: exit status 0
	template.py -j TEMPLATE	print it as JSON, with long names of functions

What is checked: duplicate keys; that whatever Ref, GetAtt, Sub, If, Condition
and DependsOn name is there; that nothing conditional is named by what has not
the same condition; that every parameter and condition is used, and each default
value allowed; and the properties of each resource against PROPERTIES below.
"""

import json
import re
import sys

import yaml

# Of the types used: the attributes for GetAtt, what is required, what else is
# allowed.  From AWS's resource specification.
PROPERTIES = {
    "AWS::ApiGateway::Deployment": ("DeploymentId", "RestApiId",
        "Description StageName StageDescription"),
    "AWS::ApiGateway::Method": ("", "HttpMethod ResourceId RestApiId",
        "AuthorizationType Integration MethodResponses RequestParameters"),
    "AWS::ApiGateway::Resource": ("ResourceId",
        "ParentId PathPart RestApiId", ""),
    "AWS::ApiGateway::RestApi": ("RootResourceId RestApiId", "",
        "Name Description EndpointConfiguration Policy"),
    "AWS::ApiGateway::Stage": ("", "RestApiId",
        "DeploymentId StageName MethodSettings Description"),
    "AWS::IAM::Role": ("Arn RoleId", "AssumeRolePolicyDocument",
        "Description Policies RoleName ManagedPolicyArns"),
    "AWS::Lambda::EventInvokeConfig": ("", "FunctionName Qualifier",
        "MaximumRetryAttempts MaximumEventAgeInSeconds"),
    "AWS::Lambda::Function": ("Arn", "Code Role",
        "FunctionName Description Runtime Handler Architectures MemorySize "
        "Timeout ReservedConcurrentExecutions VpcConfig Environment"),
    "AWS::Lambda::Permission": ("Id", "FunctionName Action Principal",
        "FunctionUrlAuthType InvokedViaFunctionUrl SourceArn"),
    "AWS::Lambda::Url": ("FunctionArn FunctionUrl",
        "TargetFunctionArn AuthType", "InvokeMode Cors"),
    "AWS::Logs::LogGroup": ("Arn", "", "LogGroupName RetentionInDays"),
}
PSEUDO = {"AWS::" + name for name in ("AccountId", "NoValue", "Partition",
    "Region", "StackId", "StackName", "URLSuffix", "NotificationARNs")}
SECTIONS = {"AWSTemplateFormatVersion", "Description", "Parameters",
    "Conditions", "Resources", "Outputs"}
ATTRIBUTES = {"Type", "Properties", "Condition", "DependsOn",
    "DeletionPolicy", "UpdateReplacePolicy"}


class Loader(yaml.SafeLoader):
    pass


def mapping(loader, node):
    pairs = [(loader.construct_object(k, True), loader.construct_object(v,
        True)) for k, v in node.value]
    names = [k for k, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise yaml.YAMLError(f"{name} is there twice:"
                f" line {node.start_mark.line + 1}")
    return dict(pairs)


def function(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = mapping(loader, node)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else
        "Fn::" + suffix: value}


Loader.add_constructor("tag:yaml.org,2002:map", mapping)
Loader.add_multi_constructor("!", function)


def uses(value):
    """All (function, name[, attribute]) in a value."""
    if isinstance(value, list):
        for v in value:
            yield from uses(v)
    if not isinstance(value, dict):
        return
    for k, v in value.items():
        if k == "Ref":
            yield "Ref", v
        elif k == "Fn::GetAtt":
            yield "GetAtt", v[0], v[1]
        elif k == "Fn::Sub":
            text, own = (v, {}) if isinstance(v, str) else v
            for name in re.findall(r"\$\{([^!}][^}]*)\}", text):
                if name in own:
                    continue
                if "." in name:
                    yield ("GetAtt", *name.split(".", 1))
                else:
                    yield "Ref", name
            yield from uses(list(own.values()))
        elif k == "Fn::If":
            yield "Condition", v[0]
            yield from uses(v[1:])
        elif k == "Condition" and isinstance(v, str):
            yield "Condition", v
        else:
            yield from uses(v)


def check(t):
    bad = []
    parameters = t.get("Parameters", {})
    conditions = t.get("Conditions", {})
    resources = t.get("Resources", {})
    used = set()

    def follow(where, value, condition):
        for kind, name, *attribute in uses(value):
            used.add((kind == "Condition", name))
            if kind == "Condition":
                if name not in conditions:
                    bad.append(f"{where}: no condition {name}")
            elif name in resources:
                other = resources[name].get("Condition")
                if other and other != condition:
                    bad.append(f"{where}: {name} may not be there")
                known = PROPERTIES.get(resources[name]["Type"], ("",))[0]
                if attribute and attribute[0] not in known.split():
                    bad.append(f"{where}: {name} has no {attribute[0]}")
            elif attribute or name not in parameters and name not in PSEUDO:
                bad.append(f"{where}: no {name}")

    bad += [f"no section {s}" for s in t if s not in SECTIONS]
    for name, p in parameters.items():
        value = p.get("Default")
        allowed = p.get("AllowedValues", [value])
        if "Description" not in p or value is None or value not in allowed:
            bad.append(f"parameter {name}: no default that is allowed, or no"
                " description")
        if p["Type"] == "Number" and not (p.get("MinValue", value) <= value
                <= p.get("MaxValue", value)):
            bad.append(f"parameter {name}: {value} is out of range")
        if not re.fullmatch(p.get("AllowedPattern", ".*"), str(value)):
            bad.append(f"parameter {name}: {value} does not match")
    for name, c in conditions.items():
        follow(f"condition {name}", c, None)
    for name, r in resources.items():
        if not re.fullmatch("[A-Za-z0-9]+", name):
            bad.append(f"{name}: not a logical name")
        bad += [f"{name}: no attribute {a}" for a in r if a not in ATTRIBUTES]
        if r["Type"] not in PROPERTIES:
            bad.append(f"{name}: {r['Type']} is not known here")
            continue
        _, required, allowed = PROPERTIES[r["Type"]]
        properties = r.get("Properties", {})
        bad += [f"{name}: {p} is missing" for p in required.split()
            if p not in properties]
        bad += [f"{name}: no property {p}" for p in properties
            if p not in (required + " " + allowed).split()]
        if "Condition" in r:
            follow(name, {"Condition": r["Condition"]}, None)
        follow(name, properties, r.get("Condition"))
        after = r.get("DependsOn", [])
        for other in [after] if isinstance(after, str) else after:
            follow(name, {"Ref": other}, r.get("Condition"))
    for name, o in t.get("Outputs", {}).items():
        if "Condition" in o:
            follow(name, {"Condition": o["Condition"]}, None)
        follow(f"output {name}", o["Value"], o.get("Condition"))
    bad += [f"parameter {n} is not used" for n in parameters
        if (False, n) not in used]
    bad += [f"condition {n} is not used" for n in conditions
        if (True, n) not in used]
    return bad


def main(argv):
    with open(argv[-1], encoding="ascii") as f:
        try:
            template = yaml.load(f, Loader)
        except yaml.YAMLError as e:
            print(e)
            return 1
    if argv[1] == "-j":
        json.dump(template, sys.stdout)
        return 0
    bad = check(template)
    print("\n".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
