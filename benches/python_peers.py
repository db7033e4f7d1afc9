#!/usr/bin/env python3
"""Medians of otpkeep beside pyotp, in one run: pyotp has its secret in hand and stores nothing.

usage: python_peers.py [FOLDER]     the folder says which disk is measured; a new one in `target` by default

`make build-python` must have run, and pyotp 2.12.0 be installed.
"""

import os
import pathlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

import otpkeep
import pyotp

KEYS = 1_000
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def median(call: Callable[[int], object], rounds: int, calls: int) -> float:
    """The median over the rounds of the seconds that one call takes; a round is so many calls."""
    times = []
    for nth in range(rounds):
        began = time.perf_counter()
        for number in range(nth * calls, (nth + 1) * calls):
            call(number)
        times.append((time.perf_counter() - began) / calls)
    return statistics.median(times)


def sync(file: int) -> None:
    os.pwrite(file, b"\1" * 4096, 0)
    os.fsync(file)


def main(folder: pathlib.Path) -> None:
    # All over the keep, again and again.
    names = [f"user-{number * 7919 % KEYS:08}" for number in range(KEYS)] * 25
    totp = pyotp.TOTP(SECRET)
    with otpkeep.open(folder / "auth.keep", root_key=bytes(32), create=True, throttle=False) as keep:
        for name in names[:KEYS]:
            keep.write_key(name, secret=SECRET)
        with open(folder / "fsync", "wb") as file:
            fsync = median(lambda _: sync(file.fileno()), 500, 1)
        # A wrong code is counted as durably as a right one is spent; this one is right three times in a million.
        rows = [
            (f"otpkeep read_code, keep of {KEYS} keys", median(lambda number: keep.read_code(names[number]), 25, KEYS)),
            ("pyotp TOTP(secret).now()", median(lambda _: pyotp.TOTP(SECRET).now(), 25, KEYS)),
            ("pyotp .now() of a TOTP at hand", median(lambda _: totp.now(), 25, KEYS)),
            (
                "otpkeep validate_code, durable",
                median(lambda number: keep.validate_code(names[number], "000000"), KEYS, 1),
            ),
            (
                "pyotp verify, window 1, stores nothing",
                median(lambda _: totp.verify("000000", valid_window=1), 25, KEYS),
            ),
            ("fsync of a page", fsync),
        ]
    for what, seconds in rows:
        print(f"{what:42}{seconds * 1e6:9.1f} µs")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(pathlib.Path(sys.argv[1]))
    else:
        target = pathlib.Path(__file__).resolve().parents[1] / "target"
        target.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="bench-", dir=target) as scratch:
            main(pathlib.Path(scratch))
