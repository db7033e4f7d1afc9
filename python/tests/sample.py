"""Uses everything that is public, for people, type checkers and installed packages: `python sample.py FOLDER`."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from os import PathLike
from pathlib import Path

import otpkeep
from otpkeep import (
    Answer,
    Attempts,
    AuditFile,
    Code,
    Enrollment,
    Failure,
    IssuedToken,
    Keep,
    Key,
    KeyWarning,
    Mount,
    Outcome,
    Slot,
    Status,
    Token,
    Verdict,
)

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
    results: Sequence[Verdict | Failure] = keep.validate_codes([("bot", str(code)), ("x", "1")], at=1800000000.5)
    for result in results:
        if isinstance(result, Failure):
            error: otpkeep.Error = result.error
            kind: str = error.kind
            number: int = error.code
            told: tuple[str, str | None] = (error.reason, error.argument)
            print(kind, number, told)
        else:
            print(result.outcome.value)
    assert not any(keep.validate_codes([["bot", f"{code:>8}"], ["bot", "1"]], at=NOW))
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


def authority(keep: Keep) -> None:
    keep.write_policy("verifier", 'path "totp/code/*" { capabilities = ["update"] }')
    text: str = keep.read_policy("verifier")
    assert "totp/code" in text
    policies: list[str] = keep.list_policies()
    issued: IssuedToken = keep.create_token(
        policies=policies[-1:], ttl=3600, renewable=True, display_name="login", metadata={"team": "a"}
    )
    secret: str = issued.secret
    token: Token = issued.token
    named: tuple[str, tuple[str, ...], str, Mapping[str, str]] = (
        token.accessor,
        token.policies,
        token.display_name,
        token.metadata,
    )
    lives: tuple[datetime, datetime | None, int, bool, str | None] = (
        token.created,
        token.expires,
        token.ttl,
        token.renewable,
        token.parent,
    )
    print(named, lives)
    with keep.with_token(secret) as verifier:
        verdict: Verdict = verifier.validate_code("bot", "x")
        assert not verdict
        may: list[str] = verifier.capabilities("totp/code/bot")
        assert may == ["update"]
        assert verifier.lookup_token().ttl == verifier.renew_token(increment=60).ttl
        try:
            verifier.read_code("bot")
        except otpkeep.PermissionDenied as denied:
            print(denied)
    accessors: list[str] = keep.list_tokens()
    assert keep.lookup_token(accessors[0]).accessor == token.accessor
    keep.revoke_token(secret)
    keep.delete_policy("verifier")


def audit(keep: Keep, folder: Path) -> None:
    keep.enable_audit("file", folder / "audit.log")
    files: list[AuditFile] = keep.list_audits()
    listed: tuple[str, str, datetime] = (files[0].name, files[0].path, files[0].created)
    hashed: str = keep.audit_hash("JBSWY3DPEHPK3PXP")
    print(listed, hashed)
    keep.disable_audit("file")


def paths(keep: Keep) -> None:
    answer: Answer | None = keep.write("totp/keys/by-path", {"generate": True, "issuer": "A", "account_name": "b"})
    assert answer is not None
    if answer["data"] is not None:
        url: str = answer["data"]["url"]
        assert url.startswith("otpauth://")
    told: tuple[list[str], str] = (answer["warnings"], answer["mount_type"])
    assert told == ([], "totp")
    names: list[str] = ["totp/keys/a"]
    options: dict[str, str] = {"max_failures": "7"}
    assert keep.write("sys/capabilities-self", {"paths": names}) is not None
    assert keep.write("sys/mounts/totp/tune", {"options": options}) is None
    for found in (keep.read("totp/keys/by-path"), keep.list("totp/keys", {"limit": 1})):
        assert found is not None
        assert found["auth"] is None
    assert keep.delete("totp/keys/by-path") is None
    help_text: str = keep.help("totp/keys/by-path")
    assert "PARAMETERS" in help_text


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
        authority(keep)
        audit(keep, folder)
        paths(keep)
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
