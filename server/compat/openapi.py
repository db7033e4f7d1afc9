"""Sends what schemathesis makes of the served OpenAPI document to a server, with root's token and with none.

usage: openapi.py OTPKEEP SCHEMATHESIS

No answer may be a 500, and each must have a status, a type and a body that the document describes.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import servers
from openapi_spec_validator import validate

HERE = pathlib.Path(__file__).parent
SECONDS = 1200 if os.environ.get("OTPKEEP_TORTURE") else 10
SPECIFICATION = "/v1/sys/internal/specs/openapi"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# What would end the test rather than be tested, and why.
EXCLUDED = {"auth-token-revoke-self-write": "it ends the token of the test"}


def main(otpkeep, schemathesis):
    for token in (servers.TOKEN, None):
        # Each has a server of its own: what one has made must not be in the way of the other.
        with servers.otpkeep(otpkeep) as server:
            authority = {"X-Vault-Token": servers.TOKEN}
            assert server.send("POST", "/v1/sys/mounts/totp", authority, b'{"type":"totp"}')[0] == 204
            document = json.loads(server.send("GET", SPECIFICATION, {}, None)[2])
            validate(document)
            operations = [operation for item in document["paths"].values() for operation in item.values()]
            known = {operation["operationId"] for operation in operations if "operationId" in operation}
            assert EXCLUDED.keys() <= known, f"not described: {EXCLUDED.keys() - known}"
            before = count_done(server)
            check(server, schemathesis, token)
            # Looking up its own token was one of them.
            done = count_done(server) - before - 1
            print(f"{done} requests were done or gave something")
            assert done > 0 if token else done == 0, "as if the token had been another, or had ended"


def check(server, schemathesis, token):
    arguments = ["--checks", CHECKS, "--phases", "coverage,fuzzing", "--max-time", str(SECONDS)]
    arguments += ["--suppress-health-check", "all", "--warnings", "off", "--generation-database", "none"]
    for name in EXCLUDED:
        arguments += ["--exclude-operation-id", name]
    if token:
        arguments += ["--header", f"X-Vault-Token:{token}"]
    print(f"schemathesis, {'with' if token else 'without'} a token, for {SECONDS} s", flush=True)
    own = server.send("GET", "/v1/auth/token/lookup-self", {"X-Vault-Token": servers.TOKEN}, None)[2]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE), "AUDIT_FOLDER": folder}
        environment["OWN_TOKEN"] = json.dumps([servers.TOKEN, json.loads(own)["data"]["accessor"]])
        address = f"http://127.0.0.1:{server.port}{SPECIFICATION}"
        command = [schemathesis, "--no-color", "run", *arguments, address]
        subprocess.run(command, cwd=folder, env=environment, check=True)


def count_done(server):
    """How many requests to described paths were answered 200 or 204; none is told if root's token does not live."""
    answer = server.send("GET", "/v1/sys/metrics?format=prometheus", {"X-Vault-Token": servers.TOKEN}, None)[2].decode()
    lines = re.findall(r'^otpkeep_http_requests_total\{(.*)\} (\d+)$', answer, re.MULTILINE)
    # This question itself, and the description that schemathesis asks for, are not described.
    aside = re.compile(r'route="(\(none\)|sys/metrics|sys/internal/specs/openapi)"')
    return sum(int(count) for labels, count in lines if re.search('status="20[04]"', labels) and not aside.search(labels))


main(*sys.argv[1:])
