"""What is taken out of both answers before they are compared: what no two servers have alike."""

import re

# Fields whose values are a server's own, wherever they stand. Only their types are compared.
OWN = {
    "request_id", "accessor", "client_token", "id", "uuid", "creation_time", "expire_time", "issue_time", "generated",
    "server_time_utc", "version", "running_plugin_version", "cluster_id", "cluster_name", "storage_type", "commit_date",
    "barcode", "url", "openapi",
}

# Fields that count seconds down. They are compared to the hundred.
COUNTED = {"ttl", "lease_duration"}

# Fields that one of them may have alone, and the row of docs/compatibility.md that says so.
ONE_SIDED = {
    "mount_type": "`mount_type` in the envelope",
    "skew": "reading a key",
    "created": "reading a key",
    "last_used": "reading a key",
    "enterprise": "fields of `sys/health` and others",
    "performance_standby": "fields of `sys/health` and others",
    "build_date": "fields of `sys/health` and others",
    "allow_slashes_in_identity_templates": "reading a policy",
    "allow_wildcards_in_identity_templates": "reading a policy",
    "cas_required": "reading a policy",
    "modified": "reading a policy",
    "version": "reading a policy",
    "throttle": "options of a mount",
    "free_attempts": "options of a mount",
    "lock_seconds": "options of a mount",
    "max_lock_seconds": "options of a mount",
    "max_failures": "options of a mount",
    "cubbyhole/": "unseal, auth methods but tokens, leases, wrapping, cubbyhole, identity, moving a mount, tools",
    "identity/": "unseal, auth methods but tokens, leases, wrapping, cubbyhole, identity, moving a mount, tools",
    "secret/": "unseal, auth methods but tokens, leases, wrapping, cubbyhole, identity, moving a mount, tools",
    "sys/": "unseal, auth methods but tokens, leases, wrapping, cubbyhole, identity, moving a mount, tools",
    "token/": "unseal, auth methods but tokens, leases, wrapping, cubbyhole, identity, moving a mount, tools",
}

# Sentences that are compared up to here, and the row that says so.
CUT = {
    r'error converting input for field "\w+": ': "words behind `error converting input for field`",
    "failed to decode JSON input: ": "words behind `failed to decode JSON input:`",
    "failed to parse policy: ": "words behind `failed to parse policy:`",
}
ROWS = {*ONE_SIDED.values(), *CUT.values()}

_met = set()


def normal(value):
    if isinstance(value, list):
        return [normal(item) for item in value]
    if isinstance(value, str):
        return cut(value)
    if not isinstance(value, dict):
        return value
    _met.update(value.keys() & OWN)
    return {name: field(name, item) for name, item in value.items()}


def field(name, value):
    if name in OWN and value is not None:
        return type(value)()
    return round(value, -2) if name in COUNTED and isinstance(value, int) else normal(value)


def cut(text):
    for words in CUT:
        if found := re.match(f".*?{words}", text, re.DOTALL):
            _met.add(words)
            return found[0]
    return text


def is_one_sided(name):
    if name in ONE_SIDED:
        _met.add(f"{name} on one side")
    return name in ONE_SIDED


def unmet():
    return sorted((OWN | CUT.keys() | {f"{name} on one side" for name in ONE_SIDED}) - _met)
