"""The keep itself: opened, mounted, administered, backed up."""

import asyncio
from datetime import datetime, timezone
from pathlib import Path

import otpkeep
import pytest
from conftest import CHEAP, NOW, ROOT_KEY, SECRET, code_at


def test_keep_is_there_when_it_is_opened_again(location: Path) -> None:
    with otpkeep.open(location, root_key=ROOT_KEY, create=True) as keep:
        keep.write_key("bot", secret=SECRET)
    assert keep.closed
    with otpkeep.open(location, root_key=ROOT_KEY, create=True) as again:
        assert again.list_keys() == ["bot"]
    assert location.stat().st_mode & 0o777 == 0o600


def test_context_manager_closes_after_an_exception(location: Path) -> None:
    with pytest.raises(LookupError), otpkeep.open(location, root_key=ROOT_KEY, create=True) as keep:
        raise LookupError
    assert keep.closed


def test_new_keep_has_the_mount_that_was_asked_for(location: Path) -> None:
    options = {"free_attempts": 1, "lock_seconds": 2, "max_lock_seconds": 3, "max_failures": 4}
    with otpkeep.open(
        location,
        root_key=ROOT_KEY,
        create=True,
        mount="staff",
        description="for staff",
        throttle=False,
        **options,  # type: ignore[arg-type]
    ) as keep:
        (mount,) = keep.list_mounts()
        assert (mount.path, mount.description, mount.throttle) == ("staff/", "for staff", False)
        assert {name: getattr(mount, name) for name in options} == options
        keep.write_key("bot", secret=SECRET)
    with otpkeep.open(location, root_key=ROOT_KEY, mount="staff/") as again:
        assert again.list_keys() == ["bot"]
        assert again.validate_code("bot", "x").attempts_left is None


def test_bare_keep_has_no_mount(location: Path) -> None:
    with otpkeep.open(location, root_key=ROOT_KEY, create=True, bare=True) as keep:
        assert keep.list_mounts() == []
        with pytest.raises(otpkeep.MountNotFound):
            keep.list_keys()


def test_mounts_have_keys_of_their_own(bot: otpkeep.Keep) -> None:
    made = bot.mount("customers", description="who buys", max_failures=7)
    assert (made.path, made.description, made.max_failures, made.free_attempts) == ("customers/", "who buys", 7, 5)
    tuned = bot.tune_mount("customers/", throttle=False)
    assert (tuned.throttle, tuned.max_failures, tuned.created) == (False, 7, made.created)
    assert [mount.path for mount in bot.list_mounts()] == ["customers/", "totp/"]
    with bot.with_mount("customers") as customers:
        customers.write_key("bot", secret=SECRET)
        code = code_at(customers, NOW)
        assert customers.validate_code("bot", code, NOW)
    assert bot.validate_code("bot", code, NOW)
    bot.unmount("customers/")
    assert [mount.path for mount in bot.list_mounts()] == ["totp/"]


def test_siblings_close_one_by_one(bot: otpkeep.Keep) -> None:
    sibling = bot.with_mount("totp/")
    bot.close()
    assert (bot.closed, sibling.closed) == (True, False)
    assert sibling.list_keys() == ["bot"]
    sibling.close()


def test_terms_are_rotated_and_pruned(bot: otpkeep.Keep) -> None:
    assert bot.rotate() == 2
    assert (bot.status().terms, bot.status().current_term) == (2, 2)
    assert bot.rewrap() == 2
    assert bot.status().terms == 1
    assert bot.read_code("bot", NOW).value


def test_slots_open_the_keep(keep: otpkeep.Keep, location: Path, tmp_path: Path) -> None:
    key_file = tmp_path / "root.key"
    key_file.write_text("ab" * 32)
    key_file.chmod(0o600)
    added = keep.add_slot(passphrase="correct horse", passphrase_cost=CHEAP)
    assert keep.add_slot(key_file=key_file, strict=True) == added + 1
    slots = keep.status().slots
    assert [slot.kind for slot in slots] == ["raw", "passphrase", "key-file"]
    assert all(isinstance(slot.created, datetime) for slot in slots)
    otpkeep.open(location, passphrase=b"correct horse").close()
    otpkeep.open(location, key_file=str(key_file)).close()
    keep.remove_slot(slots[0].id)
    with pytest.raises(otpkeep.WrongRootKey):
        otpkeep.open(location, root_key=ROOT_KEY)


def test_restored_backup_accepts_no_code_of_its_past(keep: otpkeep.Keep, tmp_path: Path) -> None:
    keep.write_key("bot", secret=SECRET)
    backup, restored = tmp_path / "backup.keep", tmp_path / "restored.keep"
    keep.backup(backup)
    code = keep.read_code("bot").value
    assert keep.validate_code("bot", code)
    otpkeep.restore(backup, str(restored), root_key=ROOT_KEY)
    with otpkeep.open(restored, root_key=ROOT_KEY) as again:
        assert again.validate_code("bot", code).outcome in ("replayed", "wrong")
    with pytest.raises(otpkeep.KeepExists):
        otpkeep.restore(backup, restored, root_key=ROOT_KEY, busy_timeout=1)


def test_status_tells_what_may_be_told(bot: otpkeep.Keep) -> None:
    status = bot.status()
    assert len(status.keep_id) == 32
    assert status.storage.startswith("SQLite 3.")
    assert (status.format, status.keys, status.mounts) == (1, 1, 1)
    assert status.bytes > 0
    assert abs((datetime.now(timezone.utc) - status.created).total_seconds()) < 60
    assert isinstance(status.memory_locked, bool)
    assert isinstance(status.memory_not_dumped, bool)
    assert all(isinstance(warning, str) for warning in status.warnings)


def test_keep_serves_an_event_loop(bot: otpkeep.Keep) -> None:
    async def both() -> list[otpkeep.Verdict]:
        code = code_at(bot, NOW)
        calls = (asyncio.to_thread(bot.validate_code, "bot", code, NOW) for _ in range(2))
        return await asyncio.gather(*calls)

    assert sorted(verdict.outcome.value for verdict in asyncio.run(both())) == ["accepted", "replayed"]
