"""Keys: written, generated, read, listed, deleted."""

import errno
import os
import stat
from datetime import datetime, timezone
from pathlib import Path

import otpkeep
import pyotp
import pytest
from conftest import NOW, SECRET
from pyotp.totp import TOTP


def test_write_key_describes_what_it_stored(keep: otpkeep.Keep) -> None:
    url = f"otpauth://totp/GitHub:bot?secret={SECRET}&issuer=GitHub&algorithm=SHA256&digits=8&period=60"
    key = keep.write_key("bot", url=url, skew=0)
    assert (key.name, key.issuer, key.account_name) == ("bot", "GitHub", "bot")
    assert (key.algorithm, key.digits, key.period, key.skew) == ("SHA256", 8, 60, 0)
    assert key.last_used is None
    assert key.warnings == ()
    assert key.created.tzinfo is timezone.utc
    assert abs((datetime.now(timezone.utc) - key.created).total_seconds()) < 60
    assert keep.read_key("bot") == key


def test_warnings_have_a_name_and_a_sentence(keep: otpkeep.Keep) -> None:
    key = keep.write_key("bot", url="otpauth://totp/A:bot?secret=JBSWY3DPEHPK3PXP&issuer=B")
    assert [warning.name for warning in key.warnings] == ["issuer-mismatch", "short-secret"]
    assert all(" " in warning.message for warning in key.warnings)
    assert keep.read_key("bot").warnings == ()


def test_existing_key_is_kept_unless_overwrite(bot: otpkeep.Keep) -> None:
    with pytest.raises(otpkeep.KeyExists):
        bot.write_key("bot", secret=SECRET, digits=8)
    assert bot.write_key("bot", secret=SECRET, digits=8, overwrite=True).digits == 8


def test_overwriting_with_the_same_secret_keeps_spent_codes_spent(bot: otpkeep.Keep) -> None:
    code = bot.read_code("bot", NOW).value
    assert bot.validate_code("bot", code, NOW)
    bot.write_key("bot", secret=SECRET, issuer="Acme", overwrite=True)
    assert bot.validate_code("bot", code, NOW).outcome is otpkeep.Outcome.REPLAYED


def test_generated_key_is_what_the_enrollment_says(keep: otpkeep.Keep) -> None:
    enrollment = keep.generate_key("alice", issuer="A&B", account_name="alice@acme.com", key_size=32)
    peer = pyotp.parse_uri(enrollment.url)
    assert isinstance(peer, TOTP)
    assert (peer.issuer, peer.name) == ("A&B", "alice@acme.com")
    assert keep.read_code("alice", NOW).value == peer.at(NOW)


def test_enrollment_has_the_barcode_in_every_form(keep: otpkeep.Keep) -> None:
    enrollment = keep.generate_key("alice", issuer="Acme", account_name="alice", barcode_size=300)
    barcode = enrollment.barcode
    assert barcode is not None
    assert barcode.startswith(b"\x89PNG")
    assert int.from_bytes(barcode[16:20], "big") == 300
    assert enrollment.svg().startswith("<svg")
    assert "█" in enrollment.terminal()
    assert enrollment._repr_png_() == barcode
    assert keep.generate_key("bob", issuer="Acme", account_name="bob", barcode_size=0).barcode is None


def test_save_writes_for_the_owner_only(keep: otpkeep.Keep, tmp_path: Path) -> None:
    enrollment = keep.generate_key("alice", issuer="Acme", account_name="alice")
    for name, content in (("a.png", enrollment.barcode), ("a.svg", enrollment.svg().encode()), ("b.SVG", None)):
        path = tmp_path / name
        path.write_text("something that was there" * 1000)
        path.chmod(0o644)
        enrollment.save(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_bytes() == (content or enrollment.svg().encode())
    enrollment.save(str(tmp_path / "new.png"))
    assert stat.S_IMODE((tmp_path / "new.png").stat().st_mode) == 0o600


def test_save_says_why_it_cannot(keep: otpkeep.Keep, tmp_path: Path) -> None:
    enrollment = keep.generate_key("alice", issuer="Acme", account_name="alice", barcode_size=0)
    with pytest.raises(otpkeep.InvalidArgument, match="^path: ") as refused:
        enrollment.save(tmp_path / "a.png")
    assert refused.value.argument == "path"
    missing, folder = tmp_path / "absent" / "a.svg", tmp_path / "folder.svg"
    folder.mkdir()
    wanted = ((missing, errno.ENOENT, FileNotFoundError), (folder, errno.EISDIR, IsADirectoryError))
    for path, number, built_in in wanted:
        with pytest.raises(built_in) as failed:
            enrollment.save(path)
        assert type(failed.value) is built_in
        assert (failed.value.errno, failed.value.filename) == (number, path)
        assert failed.value.strerror == os.strerror(number)
    assert list(tmp_path.glob("a.*")) == []


def test_names_are_listed_in_pages(keep: otpkeep.Keep) -> None:
    for number in range(5):
        keep.write_key(f"key{number}", secret=SECRET)
    assert keep.list_keys() == [f"key{number}" for number in range(5)]
    assert keep.list_keys(after="key1", limit=2) == ["key2", "key3"]
    assert keep.list_keys("key4") == []
    for limit in (0, 1001, -1, 10**30):
        with pytest.raises(otpkeep.InvalidArgument, match="^limit: "):
            keep.list_keys(limit=limit)


def test_deleted_key_is_gone(bot: otpkeep.Keep) -> None:
    bot.delete_key("bot")
    assert bot.list_keys() == []
    with pytest.raises(otpkeep.KeyNotFound):
        bot.delete_key("bot")


@pytest.mark.parametrize("field", ["digits", "period", "skew", "key_size", "barcode_size"])
@pytest.mark.parametrize("value", [-1, 2**32 - 1, 2**32, -(10**30), 10**30])
def test_number_that_does_not_fit_names_its_argument(keep: otpkeep.Keep, field: str, value: int) -> None:
    with pytest.raises(otpkeep.InvalidArgument) as refused:
        keep.write_key("bot", secret=SECRET, **{field: value})  # type: ignore[arg-type]
    assert refused.value.argument == field
