"""What is taken out of both answers before they are compared: what no two servers have alike."""

# Fields whose values are a server's own, wherever they stand. Only their types are compared.
OWN = {
    "request_id", "accessor", "client_token", "id", "uuid", "creation_time", "expire_time", "issue_time",
    "server_time_utc", "version", "cluster_id", "cluster_name", "barcode", "url", "build_date", "commit_date",
    "generated",
}

# Fields that only one of them has, and the row of docs/compatibility.md that says so.
DROPPED = {
    "mount_type": "`mount_type` in the envelope",
    "skew": "reading a key",
    "created": "reading a key",
    "last_used": "reading a key",
}

# What follows these words of a sentence is each server's own, and the row that says so.
CUT = {
    "error converting input for field ": "words behind `error converting input for field`",
}
ROWS = {*DROPPED.values(), *CUT.values()}

_met = set()


def normal(value):
    if isinstance(value, list):
        return [normal(item) for item in value]
    if isinstance(value, str):
        return cut(value)
    if not isinstance(value, dict):
        return value
    _met.update(name for name in value if name in OWN or name in DROPPED)
    fields = {name: item for name, item in value.items() if name not in DROPPED}
    return {name: type(item)() if name in OWN and item is not None else normal(item) for name, item in fields.items()}


def cut(text):
    for words in CUT:
        before, found, after = text.partition(words)
        if found:
            _met.add(words)
            # The name of the field is the same in both.
            return before + words + after.partition(":")[0]
    return text


def unmet():
    return sorted((OWN | DROPPED.keys() | CUT.keys()) - _met)
