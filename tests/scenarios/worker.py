"""Performs the steps of scenarios through the Python package.

usage: worker.py FOLDER

Reads a request per line and writes an answer per line, as README.md says.
"""

import json
import os
import sys
from datetime import datetime
from typing import Any

import otpkeep

FOLDER = sys.argv[1]
# What is named otherwise than in Python.
METHODS = {f"path_{name}": name for name in ("read", "write", "list", "delete", "help")}
KEEPS: dict[str, otpkeep.Keep] = {}


def text(code: Any) -> str:
    """A code is a text, or the bytes of one, repeated."""
    if isinstance(code, str):
        return code
    once = bytes.fromhex(code["hex"]).decode("utf-8", "surrogatepass")
    return once * int(code.get("repeat", 1))


def native(operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments as Python passes them."""
    given = dict(arguments)
    for name in ("location", "destination", "backup", "key_file", *(["path"] if operation == "enable_audit" else [])):
        if name in given:
            # Joined as it is: a path object would make one slash of two.
            given[name] = os.path.join(FOLDER, given[name])
    if "root_key" in given:
        given["root_key"] = bytes.fromhex(given["root_key"])
    if "code" in given:
        given["code"] = text(given["code"])
    if "items" in given:
        given["items"] = [(name, text(code)) for name, code in given["items"]]
    if "id" in given:
        given["slot"] = given.pop("id")
    return given


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def fields(value: object, *names: str) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


def plain(result: Any) -> Any:
    """A result as JSON has it."""
    match result:
        case otpkeep.Verdict():
            return fields(result, "offset", "retry_after", "attempts_left") | {"outcome": result.outcome.value}
        case otpkeep.Failure():
            return {"error": result.error.kind}
        case otpkeep.Key():
            described = fields(result, "name", "issuer", "account_name", "algorithm", "digits", "period", "skew")
            return described | {"warnings": [warning.name for warning in result.warnings]}
        case otpkeep.Enrollment():
            return {"url": result.url, "has_barcode": result.barcode is not None}
        case otpkeep.Code():
            times = {"generated_at": seconds(result.generated_at), "expires_at": seconds(result.expires_at)}
            return times | fields(result, "value", "period")
        case otpkeep.Attempts():
            return fields(result, "failures", "disabled")
        case otpkeep.IssuedToken():
            return plain(result.token) | {"secret": result.secret}
        case otpkeep.Token():
            described = fields(result, "accessor", "display_name", "metadata", "ttl", "renewable")
            return described | {"policies": list(result.policies), "has_parent": result.parent is not None}
        case otpkeep.AuditFile():
            return result.name
        case otpkeep.Mount():
            limits = ("free_attempts", "lock_seconds", "max_lock_seconds", "max_failures")
            return fields(result, "path", "description", "throttle", *limits)
        case otpkeep.Status():
            slots = [fields(slot, "id", "kind") for slot in result.slots]
            return fields(result, "format", "keys", "mounts", "terms", "current_term") | {"slots": slots}
        case list():
            return [plain(item) for item in result]
        case _:
            return result


def perform(request: dict[str, Any]) -> Any:
    operation, arguments = request["operation"], native(request["operation"], request.get("arguments", {}))
    if operation == "open":
        KEEPS[request.get("as", "keep")] = otpkeep.open(**arguments, manual_clock=True)
        return None
    if operation == "restore":
        return otpkeep.restore(**arguments)
    result = getattr(KEEPS[request.get("on", "keep")], METHODS.get(operation, operation))(**arguments)
    if operation in ("with_mount", "with_token"):
        KEEPS[request.get("as", "keep")] = result
        return None
    return plain(result)


for line in sys.stdin:
    try:
        answer: dict[str, Any] = {"result": perform(json.loads(line))}
    except otpkeep.Error as error:
        answer = {"error": {"kind": error.kind, "argument": error.argument}}
    print(json.dumps(answer), flush=True)
