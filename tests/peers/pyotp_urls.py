"""Checks that pyotp reads generated otpauth URLs as they were meant.

Reads JSON lines with url, issuer, account, secret (base32), digits, period and algorithm from standard input, as
`cargo run --example emit_urls` writes them. Exits with 1 when a line is read otherwise, or when there are too few.
"""

import json
import sys

import pyotp

FEWEST = 500
SHOWN = 20


def differences(line: dict) -> dict:
    """What pyotp reads otherwise: the field, with the value meant and the value read."""
    key = pyotp.parse_uri(line["url"])
    meant = {
        "type": "TOTP",
        "issuer": line["issuer"],
        # pyotp names a key without an account name so.
        "account": line["account"] or "Secret",
        "secret": line["secret"],
        "digits": line["digits"],
        "period": line["period"],
        "algorithm": line["algorithm"],
    }
    read = {
        "type": type(key).__name__,
        "issuer": key.issuer or "",
        "account": key.name,
        "secret": key.secret,
        "digits": key.digits,
        "period": key.interval,
        "algorithm": key.digest().name.upper(),
    }
    return {field: (meant[field], read[field]) for field in meant if meant[field] != read[field]}


def main() -> int:
    lines = [json.loads(line) for line in sys.stdin.buffer]
    failures = 0
    for number, line in enumerate(lines, 1):
        try:
            wrong = differences(line)
        except Exception as error:
            wrong = {"error": error}
        if wrong:
            failures += 1
        if wrong and failures <= SHOWN:
            print(f"line {number}: {line['url']}: {wrong}", file=sys.stderr)
    print(f"{len(lines)} URLs, {failures} read otherwise by pyotp")
    if len(lines) < FEWEST:
        print(f"expected at least {FEWEST} URLs", file=sys.stderr)
        return 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
