"""Sends the same requests to OpenBao's server and to otpkeep's, in order, and compares the answers.

usage: side_by_side.py OTPKEEP BAO [FAMILY…]

A family is a file of requests/. Each of its requests has `send`, a method and a path below /v1/, and perhaps
  json, form, raw   the body
  headers, token    headers; the token to send instead of root's, or null for none
  save              what to keep of the answer: names, and pointers into it. ${name} in a request stands for it.
  shape             true when the values of the answer are not compared, but only its fields and their types
  differs           the differences that are known, under the row of docs/compatibility.md that gives the reason;
                    one that ends with * stands for all that begin so
Whatever differs otherwise, and whatever is said to differ and does not, is an error.
"""

import json
import pathlib
import re
import sys
import time

import answers
import normal
import servers

HERE = pathlib.Path(__file__).parent
ROWS = (HERE / "../../docs/compatibility.md").resolve()
FEWEST = 150
DAY = 86400


def main(otpkeep, bao, *names):
    rows = {line.split("|")[1].strip() for line in ROWS.read_text().splitlines() if line.startswith("| ")}
    for row in normal.ROWS:
        check_row(row, rows)
    # Keys with a period of a day have the same code all the time, unless the day ends.
    if DAY - time.time() % DAY < 60:
        time.sleep(60)
    compared, agree, documented, errors = 0, 0, 0, []
    with servers.openbao(bao) as theirs, servers.otpkeep(otpkeep) as ours:
        for family in sorted((HERE / "requests").glob("*.json")):
            if names and family.stem not in names:
                continue
            for number, request in enumerate(json.loads(family.read_text()), 1):
                there, here = (perform(server, request) for server in (theirs, ours))
                found = answers.differences(there, here, bool(request.get("shape")))
                for row in request.get("differs", {}):
                    check_row(row, rows)
                wrong = unexplained(found, sum(request.get("differs", {}).values(), []))
                errors += [f"{family.stem} {number}: {request['send']}\n    {error}" for error in wrong]
                compared += 1
                agree += not found
                documented += bool(found) and not wrong
    print(f"{compared} answers compared: {agree} agree, {documented} differ as documented")
    if not names:
        errors += [f"{name} of normal.py is never met" for name in normal.unmet()]
        errors += [f"only {compared} were compared"] if compared < FEWEST else []
    if errors:
        raise SystemExit("\n".join([*errors, f"{len(errors)} errors"]))


def unexplained(found, listed):
    """The differences that are not listed, and those that are listed and not there."""
    errors = [f"differs: {this}" for this in found if not any(covers(that, this) for that in listed)]
    return errors + [f"no longer: {that}" for that in listed if not any(covers(that, this) for this in found)]


def covers(listed, difference):
    return difference.startswith(listed[:-1]) if listed.endswith("*") else difference == listed


def check_row(row, rows):
    if row not in rows:
        raise SystemExit(f"docs/compatibility.md has no row {row!r}")


def perform(server, request):
    """Sends a request, with what was saved put in, and saves what it says."""
    request = substituted(request, server.saved)
    method, path = request["send"].split(" ", 1)
    headers = dict(request.get("headers", {}))
    token = request.get("token", servers.TOKEN)
    if token is not None:
        headers["X-Vault-Token"] = token
    body = None
    if "json" in request:
        body = json.dumps(request["json"])
    elif "form" in request:
        body = request["form"]
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    elif "raw" in request:
        body = request["raw"]
    target = path if path.startswith("/") else f"/v1/{path}"
    answer = answers.Answer(*server.send(method, target, headers, body and body.encode("utf-8", "surrogateescape")))
    for name, pointer in request.get("save", {}).items():
        server.saved[name] = answer.at(pointer)
    return answer


def substituted(value, saved):
    if isinstance(value, str):
        return re.sub(r"\$\{(\w+)\}", lambda found: str(saved[found[1]]), value)
    if isinstance(value, list):
        return [substituted(item, saved) for item in value]
    if isinstance(value, dict):
        return {name: item if name == "differs" else substituted(item, saved) for name, item in value.items()}
    return value


main(*sys.argv[1:])
