#!/usr/bin/env python3
"""How often is one code accepted when many threads post it at once: django-otp on SQLite, and otpkeep beside it.

usage: django_peer.py [FOLDER]     the folder says which disk is used; a new one in `target` by default

`make build-python` must have run, and benches/requirements.txt be installed. Both are used as their documentation says
and as they come: the device is read and asked to verify the token, each thread with a connection of its own; the keep is
asked to validate the code.
"""

import base64
import pathlib
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable

import django
import otpkeep
from django.conf import settings

ROUNDS = 100
THREADS = 16
SECRET = bytes(range(20))
START = 1_800_000_000


def post(threads: int, validate: Callable[[], bool]) -> tuple[int, int, float]:
    """How many threads had the code accepted and how many met an error when all validate it at once, and the seconds."""
    outcomes: list[bool | None] = []
    start = threading.Barrier(threads + 1)

    def run() -> None:
        start.wait()
        try:
            outcomes.append(validate())
        except Exception:  # noqa: BLE001  a locked database, say: the person is not let in
            outcomes.append(None)

    callers = [threading.Thread(target=run) for _ in range(threads)]
    for caller in callers:
        caller.start()
    start.wait()
    began = time.perf_counter()
    for caller in callers:
        caller.join()
    return outcomes.count(True), outcomes.count(None), time.perf_counter() - began


def tell(what: str, rounds: list[tuple[int, int, float]]) -> Counter[int]:
    """Prints what the rounds gave, and returns how often the code was accepted how many times."""
    accepted = Counter(times for times, _, _ in rounds)
    more = sum(count for times, count in accepted.items() if times > 1)
    errors = sum(errors for _, errors, _ in rounds)
    median = statistics.median(seconds for _, _, seconds in rounds)
    print(
        f"{what:12}{more:4} of {len(rounds)} codes accepted more than once, one of them {max(accepted)} times; "
        f"{errors} errors; {median / THREADS * 1e6:8.1f} µs per post"
    )
    return accepted


def django_otp(folder: pathlib.Path) -> list[tuple[int, int, float]]:
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "django.sqlite3"}},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django_otp",
            "django_otp.plugins.otp_totp",
        ],
        USE_TZ=True,
    )
    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection
    from django_otp.oath import TOTP
    from django_otp.plugins.otp_totp.models import TOTPDevice

    call_command("migrate", verbosity=0)
    device = TOTPDevice.objects.create(user=User.objects.create(username="alice"), name="phone", key=SECRET.hex())

    def validate(token: str) -> bool:
        try:
            return TOTPDevice.objects.get(pk=device.pk).verify_token(token)
        finally:
            connection.close()

    rounds = []
    for _ in range(ROUNDS):
        # Each round begins with a device that has seen no code yet, instead of after half a minute.
        device.last_t, device.throttling_failure_count, device.throttling_failure_timestamp = -1, 0, None
        device.save()
        totp = TOTP(SECRET)
        totp.time = time.time()
        token = f"{totp.token():06}"
        rounds.append(post(THREADS, lambda token=token: validate(token)))
    return rounds


def the_keep(folder: pathlib.Path) -> list[tuple[int, int, float]]:
    path = folder / "auth.keep"
    with otpkeep.open(path, root_key=bytes(32), create=True, manual_clock=True) as keep:
        keep.write_key("alice", secret=base64.b32encode(SECRET).decode())
        rounds = []
        for number in range(ROUNDS):
            at = START + 30 * number
            code = keep.read_code("alice", at=at).value
            rounds.append(post(THREADS, lambda code=code, at=at: bool(keep.validate_code("alice", code, at=at))))
        return rounds


def main(folder: pathlib.Path) -> None:
    print(f"{ROUNDS} codes, each posted by {THREADS} threads at once")
    tell("django-otp", django_otp(folder))
    if set(tell("otpkeep", the_keep(folder))) != {1}:
        sys.exit("otpkeep did not accept each code exactly once")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(pathlib.Path(sys.argv[1]))
    else:
        target = pathlib.Path(__file__).resolve().parents[1] / "target"
        target.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="bench-", dir=target) as scratch:
            main(pathlib.Path(scratch))
