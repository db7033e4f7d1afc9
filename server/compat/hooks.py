"""Keeps schemathesis from ending the test, and from making files outside a folder.

It learns from answers, and so would revoke the token that it is called with; a file of the audit log would be made
wherever its path says.
"""

import json
import os
import pathlib

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    if not isinstance(case.body, dict):
        return
    if case.operation.path.startswith("/auth/token/revoke"):
        for field in ("token", "accessor"):
            if case.body.get(field) in json.loads(os.environ["OWN_TOKEN"]):
                case.body[field] = "other"
    if case.operation.path.startswith("/sys/audit/"):
        confine(case.body)
        confine(case.body.get("options"))


def confine(fields):
    if isinstance(fields, dict) and isinstance(fields.get("file_path"), str):
        name = fields["file_path"].replace("/", "_").replace("..", "_")
        fields["file_path"] = str(pathlib.Path(os.environ["AUDIT_FOLDER"]) / name) if name else ""
