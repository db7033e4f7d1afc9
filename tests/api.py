"""Holds C, Python and Node.js to the same operations: tests/vectors/api.json names each in every language.

Nothing may be missing, and nothing may be there that is not named; what only looks at a handle is listed here.
"""
import inspect
import json
import pathlib
import re
import subprocess
import sys

import otpkeep

ROOT = pathlib.Path(__file__).resolve().parents[1]
# In C, what makes, fills, reads and frees the objects that operations take and give, by the noun it begins with.
C_OBJECTS = "options key_spec key enrollment names mount_spec mounts token_spec token audits text report error"
C_CONSTANTS = {"otpkeep_status_name", "otpkeep_version", "otpkeep_abi_version"}
# Of a handle: what is no operation.
PYTHON_ACCESSORS = {"Keep.closed", "Keep.forked"}
NODE_ACCESSORS = {"Keep#closed"}
NODE_MEMBERS = """
    const { Keep, ...exports } = require('./node')
    const named = (prefix, object) => Object.getOwnPropertyNames(object).map((name) => prefix + name)
    const functions = Object.keys(exports).filter((name) => !/^[A-Z]/.test(name))
    const statics = Object.getOwnPropertyNames(Keep).filter((name) => !['length', 'name', 'prototype'].includes(name))
    const methods = named('Keep#', Keep.prototype).filter((name) => name !== 'Keep#constructor')
    console.log(JSON.stringify([...functions, ...statics.map((name) => 'Keep.' + name), ...methods]))
"""


def compare(language, wanted, found):
    if wanted != found:
        sys.exit(f"{language}: missing {sorted(wanted - found)}, not in api.json {sorted(found - wanted)}")
    print(f"{language}: {len(wanted)} names")


operations = json.loads((ROOT / "tests/vectors/api.json").read_text())

exported = set((ROOT / "include/otpkeep.symbols").read_text().split())
prefixes = tuple(f"otpkeep_{noun}_" for noun in C_OBJECTS.split())
wanted = {name for spelling in operations.values() for name in spelling["c"]}
compare("C", wanted, {name for name in exported if not name.startswith(prefixes)} - C_CONSTANTS)

public = [name for name in dir(otpkeep) if not name.startswith("_")]
functions = {f"otpkeep.{name}" for name in public if inspect.isroutine(getattr(otpkeep, name))}
methods = {f"Keep.{name}" for name in dir(otpkeep.Keep) if not name.startswith("_")}
compare("Python", {spelling["python"] for spelling in operations.values()} | PYTHON_ACCESSORS, functions | methods)

printed = subprocess.run(["node", "--eval", NODE_MEMBERS], cwd=ROOT, check=True, capture_output=True, text=True).stdout
wanted = {spelling["node"] for spelling in operations.values()}
compare("Node.js", wanted | {f"{name}Sync" for name in wanted} | NODE_ACCESSORS, set(json.loads(printed)))
