"""Uses everything that is public, for people, type checkers and installed packages: `python sample.py FOLDER`."""

import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from os import PathLike
from pathlib import Path

import otpkeep
from otpkeep import Attempts, Code, Enrollment, Keep, Key, KeyWarning, Mount, Outcome, Slot, Status, Verdict

ROOT_KEY = bytes(range(32))
NOW = datetime(2027, 1, 15, 8, tzinfo=timezone.utc)


def keys(keep: Keep, folder: Path) -> None:
    key: Key = keep.write_key("bot", url="otpauth://totp/GitHub:bot?secret=JBSWY3DPEHPK3PXP&issuer=GitHub", skew=1)
    texts: tuple[str, str, str, str] = (key.name, key.issuer, key.account_name, key.algorithm)
    numbers: tuple[int, int, int] = (key.digits, key.period, key.skew)
    times: tuple[datetime, datetime | None] = (key.created, key.last_used)
    warning: KeyWarning = key.warnings[0]
    print(texts, numbers, times, warning.name, warning.message)
    keep.write_key("other", secret="JBSWY3DPEHPK3PXP", issuer="A", account_name="b", algorithm="SHA512", digits=8)

    enrollment: Enrollment = keep.generate_key(
        "alice", issuer="Acme", account_name="alice@acme.com", period=60, key_size=32, barcode_size=300, overwrite=True
    )
    url: str = enrollment.url
    barcode: bytes | None = enrollment.barcode
    assert barcode is not None
    assert url.startswith("otpauth://")
    path: str | PathLike[str] = folder / "alice.png"
    enrollment.save(path)
    enrollment.save(str(folder / "alice.svg"))
    assert Path(path).read_bytes() == barcode
    assert (folder / "alice.svg").read_text() == enrollment.svg()
    assert enrollment.terminal()

    names: list[str] = keep.list_keys(after="alice", limit=10)
    assert names == ["bot", "other"]
    assert keep.read_key("bot") == keep.read_key("bot")
    keep.delete_key("other")


def codes(keep: Keep) -> None:
    code: Code = keep.read_code("bot", at=NOW)
    held: tuple[datetime, datetime, int, int] = (code.generated_at, code.expires_at, code.period, code.remaining)
    assert held == (NOW, datetime(2027, 1, 15, 8, 0, 30, tzinfo=timezone.utc), 30, 30)
    verdict: Verdict = keep.validate_code("bot", code.value, at=NOW)
    if not verdict:
        raise AssertionError(verdict)
    outcome: Outcome = verdict.outcome
    assert outcome is Outcome.ACCEPTED
    waits: tuple[int, int, int | None] = (verdict.offset, verdict.retry_after, verdict.attempts_left)
    assert waits == (0, 0, 100)
    results: Sequence[Verdict | otpkeep.Error] = keep.validate_codes([("bot", str(code)), ("x", "1")], at=1800000000.5)
    for result in results:
        if isinstance(result, otpkeep.Error):
            kind: str = result.kind
            number: int = result.code
            told: tuple[str, str | None] = (result.reason, result.argument)
            print(kind, number, told)
        else:
            print(result.outcome.value)
    attempts: Attempts = keep.read_attempts("bot")
    counted: tuple[int, datetime | None, bool, int | None] = (
        attempts.failures,
        attempts.locked_until,
        attempts.disabled,
        attempts.attempts_left,
    )
    assert counted == (0, None, False, 100)
    keep.reset_attempts("bot")


def mounts(keep: Keep) -> None:
    mount: Mount = keep.mount("staff", description="who works here", max_failures=10)
    tuned = keep.tune_mount("staff", throttle=True, free_attempts=1, lock_seconds=2, max_lock_seconds=3)
    assert (mount.path, tuned.throttle, tuned.description) == ("staff/", True, "who works here")
    assert (tuned.free_attempts, tuned.lock_seconds, tuned.max_lock_seconds, tuned.max_failures) == (1, 2, 3, 10)
    assert [known.created for known in keep.list_mounts()]
    with keep.with_mount("staff") as staff:
        assert staff.list_keys() == []
    keep.unmount("staff")


def administration(keep: Keep, folder: Path) -> None:
    term: int = keep.rotate()
    sealed: int = keep.rewrap()
    slot_id: int = keep.add_slot(passphrase="correct horse", passphrase_cost=otpkeep.PassphraseCost(19456, 1))
    status: Status = keep.status()
    slot: Slot = status.slots[-1]
    assert (slot.id, slot.kind) == (slot_id, "passphrase")
    created: datetime | None = slot.created
    print(term, sealed, created, status.keep_id, status.format, status.storage, status.bytes, status.created)
    print(status.keys, status.mounts, status.current_term, status.terms, status.memory_locked)
    print(status.memory_not_dumped, status.warnings)
    keep.remove_slot(slot_id)
    keep.backup(folder / "backup.keep")
    otpkeep.restore(folder / "backup.keep", folder / "restored.keep", root_key=bytearray(ROOT_KEY))
    with otpkeep.open(folder / "restored.keep", root_key=memoryview(ROOT_KEY), busy_timeout=1) as restored:
        assert restored.list_keys() == keep.list_keys()


def main(folder: Path) -> None:
    print(otpkeep.__version__)
    with otpkeep.open(folder / "auth.keep", root_key=ROOT_KEY, create=True, manual_clock=True) as keep:
        keys(keep, folder)
        codes(keep)
        mounts(keep)
        administration(keep, folder)
        try:
            keep.read_code("nobody")
        except otpkeep.KeyNotFound as missing:
            print(missing)
        assert not keep.forked
    assert keep.closed
    print("everything was used")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
