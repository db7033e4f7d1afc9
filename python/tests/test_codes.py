"""Codes: read, and validated exactly once."""

import subprocess
import sys
from collections import UserList
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import otpkeep
import pytest
from conftest import NOW, SECRET, code_at, wrong_code_at
from pyotp.totp import TOTP


def test_code_is_the_one_pyotp_computes(bot: otpkeep.Keep) -> None:
    for at in (0, 59, 1_111_111_109, NOW, 20_000_000_000):
        assert bot.read_code("bot", at).value == TOTP(SECRET).at(at)


def test_code_says_how_long_it_holds(bot: otpkeep.Keep) -> None:
    code = bot.read_code("bot", NOW + 7)
    assert code.generated_at == datetime.fromtimestamp(NOW + 7, timezone.utc)
    assert code.expires_at == datetime.fromtimestamp(NOW + 30, timezone.utc)
    assert (code.period, code.remaining) == (30, 23)
    assert str(code) == code.value == f"{code}"


def test_code_without_a_time_is_the_one_of_now(bot: otpkeep.Keep) -> None:
    code = bot.read_code("bot")
    assert code.value == TOTP(SECRET).at(code.generated_at)
    assert bot.validate_code("bot", code.value)


def test_code_is_accepted_once(bot: otpkeep.Keep) -> None:
    code = code_at(bot, NOW)
    first = bot.validate_code("bot", code, NOW)
    assert first == otpkeep.Verdict(otpkeep.Outcome.ACCEPTED, offset=0, retry_after=0, attempts_left=100)
    assert bool(first) is True
    second = bot.validate_code("bot", code, NOW)
    assert second.outcome == "replayed"
    assert bool(second) is False
    assert second.retry_after == 30
    assert bot.read_key("bot").last_used == datetime.fromtimestamp(NOW, timezone.utc)


def test_code_may_be_spelled_in_groups(bot: otpkeep.Keep) -> None:
    code = code_at(bot, NOW)
    assert bot.validate_code("bot", f" {code[:3]} {code[3:]}\n", NOW)
    code = code_at(bot, NOW + 30)
    assert bot.validate_code("bot", f"{code[:3]}-{code[3:]}", NOW + 30)


def test_offset_says_that_the_device_is_ahead(bot: otpkeep.Keep) -> None:
    assert bot.validate_code("bot", code_at(bot, NOW + 30), NOW).offset == 1


def test_guesses_are_throttled_and_the_key_is_disabled_at_last(bot: otpkeep.Keep) -> None:
    bot.tune_mount("totp/", free_attempts=1, lock_seconds=10, max_failures=2)
    wrong, right = wrong_code_at(bot, NOW), code_at(bot, NOW)
    assert bot.validate_code("bot", wrong, NOW).attempts_left == 1
    assert bot.read_attempts("bot") == otpkeep.Attempts(1, None, False, 1)
    assert bot.validate_code("bot", wrong, NOW).outcome is otpkeep.Outcome.WRONG
    assert bot.read_attempts("bot").disabled
    assert bot.validate_code("bot", right, NOW + 1000).outcome is otpkeep.Outcome.DISABLED
    bot.reset_attempts("bot")
    assert bot.validate_code("bot", right, NOW)


def test_lock_has_an_end(bot: otpkeep.Keep) -> None:
    bot.tune_mount("totp/", free_attempts=0, lock_seconds=60)
    now = int(bot.read_code("bot").generated_at.timestamp())
    assert bot.validate_code("bot", wrong_code_at(bot, now), now).retry_after == 60
    locked = bot.validate_code("bot", code_at(bot, now), now + 1)
    assert (locked.outcome, locked.retry_after) == (otpkeep.Outcome.THROTTLED, 59)
    assert bot.read_attempts("bot").locked_until == datetime.fromtimestamp(now + 60, timezone.utc)


def test_clock_that_went_back_is_told(bot: otpkeep.Keep) -> None:
    assert bot.validate_code("bot", code_at(bot, NOW), NOW)
    assert bot.validate_code("bot", code_at(bot, NOW - 900), NOW - 900).outcome is otpkeep.Outcome.CLOCK_BEHIND


def test_batch_has_a_result_for_each_item(bot: otpkeep.Keep) -> None:
    code = code_at(bot, NOW)
    items = [("bot", code), ("bot", code), ("absent", code), ("bot", "x"), ("no name", code), ("\ud800", code)]
    results = bot.validate_codes(iter(items), NOW)
    outcomes = [result.outcome if isinstance(result, otpkeep.Verdict) else type(result.error) for result in results]
    missing, malformed = otpkeep.KeyNotFound, otpkeep.InvalidArgument
    assert outcomes == ["accepted", "replayed", missing, "malformed", malformed, malformed]
    assert [bool(result) for result in results] == [True, False, False, False, False, False]
    assert bot.validate_codes([]) == []


def test_failure_holds_the_error_of_its_item(bot: otpkeep.Keep) -> None:
    (failure,) = bot.validate_codes([["absent", "123456"]])
    assert isinstance(failure, otpkeep.Failure)
    assert str(failure.error) == "there is no key of this name"
    assert repr(failure) == "Failure(error=KeyNotFound('there is no key of this name'))"
    with pytest.raises(AttributeError):
        failure.error = otpkeep.KeyNotFound()  # type: ignore[misc]
    # An error that was caught is true, as any exception: it may have to be raised again.
    assert bool(failure.error) is True


def test_items_are_any_sequences_of_two(bot: otpkeep.Keep) -> None:
    code = code_at(bot, NOW)
    items: list[Any] = [["bot", code], ("bot", code), UserList(["bot", code])]
    outcomes = [result.outcome for result in bot.validate_codes(items, NOW) if isinstance(result, otpkeep.Verdict)]
    assert outcomes == ["accepted", "replayed", "replayed"]


def test_batch_has_a_limit(bot: otpkeep.Keep) -> None:
    assert len(bot.validate_codes([("absent", "1")] * 4096)) == 4096
    for items in ([("absent", "1")] * 4097, iter(lambda: ("absent", "1"), None)):
        with pytest.raises(otpkeep.InvalidArgument, match="^items: "):
            bot.validate_codes(items)


HOSTILE = {
    "empty": "",
    "NUL": "\0",
    "digits and NUL": "123456\0",
    "lone surrogate": "\ud800",
    "surrogates the wrong way round": "\udc00\ud800",
    "surrogate escape": "12345\udcff",
    "other digits": "١٢٣٤٥٦",
    "full width": "１２３４５６",
    "long": "1" * 1_000_000,
    "long and wide": "é" * 1_000_000,
    "long and no Unicode": "\ud800" * 1_000_000,
    "sign": "+12345",
    "override": "\u202e123456",
    "emoji": "🔑",
}


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE)
def test_any_text_is_a_verdict(bot: otpkeep.Keep, code: str) -> None:
    assert bot.validate_code("bot", code, NOW).outcome is otpkeep.Outcome.MALFORMED
    (result,) = bot.validate_codes([("bot", code)], NOW)
    assert isinstance(result, otpkeep.Verdict)
    assert result.outcome is otpkeep.Outcome.MALFORMED


def test_code_may_be_of_a_subclass_of_str(bot: otpkeep.Keep) -> None:
    class Typed(str):
        pass

    assert bot.validate_code("bot", Typed(code_at(bot, NOW)), NOW)


def test_subclass_of_str_does_not_say_what_it_is(bot: otpkeep.Keep) -> None:
    right = code_at(bot, NOW)

    class Lying(str):
        def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
            return right.encode(encoding, errors)

        def __str__(self) -> str:
            return right

    for lie in (Lying("\ud800"), Lying("x")):
        assert bot.validate_code("bot", lie, NOW).outcome is otpkeep.Outcome.MALFORMED
        (result,) = bot.validate_codes([("bot", lie)], NOW)
        assert isinstance(result, otpkeep.Verdict)
        assert result.outcome is otpkeep.Outcome.MALFORMED


def test_texts_that_are_no_unicode_are_not_copied(location: Path) -> None:
    """The memory of this process has a peak only once, so another measures it."""
    program = f"""
import resource, sys, otpkeep
with otpkeep.open(sys.argv[1], root_key=bytes(range(32)), create=True) as keep:
    keep.write_key("bot", secret="{SECRET}")
    # Of its own for each: a text keeps what was made of it.
    items = [("bot", chr(0xd800) * 1_000_000 + str(number)) for number in range(200)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    results = keep.validate_codes(items)
    assert {{str(result.outcome) for result in results}} == {{"malformed"}}
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    command = [sys.executable, "-c", program, str(location)]
    grown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # In KiB on Linux, in bytes on macOS.
    assert int(grown) < 100 * 1024 * (1024 if sys.platform == "darwin" else 1)


def test_code_formats_as_its_text(bot: otpkeep.Keep) -> None:
    code = bot.read_code("bot", NOW)
    assert f"{code:>10}|{code:s}|{code}" == f"{code.value:>10}|{code.value}|{code.value}"
    with pytest.raises(ValueError, match="format"):
        format(code, "d")


ZONE = timezone(timedelta(hours=5, minutes=45))
SAME_TIMES: dict[str, Any] = {
    "int": NOW + 1,
    "float": NOW + 1.999,
    "UTC": datetime.fromtimestamp(NOW + 1, timezone.utc),
    "elsewhere": datetime.fromtimestamp(NOW + 1, ZONE),
    "microseconds": datetime.fromtimestamp(NOW + 1, timezone.utc).replace(microsecond=999_999),
}


@pytest.mark.parametrize("at", SAME_TIMES.values(), ids=SAME_TIMES)
def test_time_is_given_in_many_ways(bot: otpkeep.Keep, at: Any) -> None:
    assert bot.read_code("bot", at).generated_at == datetime.fromtimestamp(NOW + 1, timezone.utc)
    assert bot.validate_code("bot", code_at(bot, NOW), at)
    assert bot.validate_codes([("bot", code_at(bot, NOW))], at)


NO_TIMES: dict[str, Any] = {
    "naive": datetime(2027, 1, 15),
    "NaN": float("nan"),
    "infinite": float("inf"),
    "minus infinite": float("-inf"),
    "negative": -1,
    "a little negative": -0.001,
    "before 1970": datetime(1969, 12, 31, 23, 59, 59, 999_999, timezone.utc),
    "2**63": 2**63,
    "2.0**63": 2.0**63,
    "-2.0**63": -(2.0**63),
    "1e300": 1e300,
    "10**400": 10**400,
    "-10**400": -(10**400),
}


@pytest.mark.parametrize("at", NO_TIMES.values(), ids=NO_TIMES)
def test_what_is_no_time_is_refused(bot: otpkeep.Keep, at: Any) -> None:
    calls = (
        lambda: bot.read_code("bot", at),
        lambda: bot.validate_code("bot", "123456", at),
        lambda: bot.validate_codes([("bot", "123456")], at),
    )
    for call in calls:
        with pytest.raises(ValueError) as refused:
            call()
        assert isinstance(refused.value, otpkeep.InvalidArgument)
        assert refused.value.argument == "at"


def test_last_microsecond_of_the_calendar_is_exact(bot: otpkeep.Keep) -> None:
    last = datetime.max.replace(tzinfo=timezone.utc)
    assert bot.read_code("bot", last).generated_at == last.replace(microsecond=0)
    # Where a datetime ends, the numbers do not lie: only the datetimes stop.
    code = bot.read_code("bot", 253_402_300_799)
    assert (code.remaining, code.expires_at) == (1, last.replace(microsecond=0))
    for at in (253_402_300_800, 2**62, 2**63 - 1, float(2**62)):
        code = bot.read_code("bot", at)
        assert code.generated_at == code.expires_at == last.replace(microsecond=0)
        assert 0 <= code.remaining <= 30
        assert code.value.isdigit()


def test_future_is_only_for_keeps_with_a_manual_clock(bot: otpkeep.Keep, location: Any) -> None:
    from conftest import ROOT_KEY

    with otpkeep.open(location, root_key=ROOT_KEY) as real, pytest.raises(otpkeep.InvalidArgument, match="^at: "):
        real.validate_code("bot", code_at(bot, 4_000_000_000), 4_000_000_000)
