"""An answer, and in what two of them differ."""

import json

import normal

# The headers that clients look at.
HEADERS = ("content-type", "cache-control", "x-vault-namespace")


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers = status, headers
        try:
            self.body = json.loads(body) if body.strip() else None
        except ValueError:
            self.body = body.decode(errors="replace")

    def at(self, pointer):
        """The part of the body that a pointer such as /data/code leads to."""
        part = self.body
        for name in pointer.strip("/").split("/"):
            part = part[name]
        return part


def differences(there, here, shape):
    """In what OpenBao's answer and ours differ: texts such as `status: 400 -> 200`."""
    found = []
    if there.status != here.status:
        found.append(f"status: {there.status} -> {here.status}")
    for name in HEADERS:
        if there.headers.get(name) != here.headers.get(name):
            found.append(f"{name}: {there.headers.get(name)} -> {here.headers.get(name)}")
    if (there.status < 300) == (here.status < 300):
        left, right = (normal.normal(answer.body) for answer in (there, here))
        found += bodies("", left, right, shape)
    else:
        # Of a success and a failure only the sentences can be told.
        found += [f"errors: {sentences(there)} -> {sentences(here)}"]
    return found


def sentences(answer):
    return answer.body.get("errors") if isinstance(answer.body, dict) else None


def bodies(place, there, here, shape):
    """The differences of two JSON values, by their place."""
    if isinstance(there, dict) and isinstance(here, dict):
        found = []
        for name in sorted(there.keys() | here.keys()):
            if name in here and name in there:
                found += bodies(f"{place}/{name}", there[name], here[name], shape)
            elif not normal.is_one_sided(name):
                found.append(f"{place}/{name}: only {'here' if name in here else 'there'}")
        return found
    if kind(there) != kind(here):
        return [f"{place}: {kind(there)} -> {kind(here)}"]
    if isinstance(there, list) and shape:
        kinds = [sorted({kind(item) for item in items}) for items in (there, here)]
        return [] if kinds[0] == kinds[1] else [f"{place}: list of {kinds[0]} -> {kinds[1]}"]
    if shape or there == here:
        return []
    return [f"{place}: {json.dumps(there)} -> {json.dumps(here)}"]


def kind(value):
    names = {dict: "object", list: "list", str: "text", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")
