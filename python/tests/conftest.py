"""One keep for each test, opened by a raw key and with a manual clock."""

from collections.abc import Iterator
from pathlib import Path

import otpkeep
import pytest

ROOT_KEY = bytes(range(32))
SECRET = "Y64VEVMBTSXCYIWRSHRNDZW62MPGVU2G"
NOW = 1_800_000_000
CHEAP = otpkeep.PassphraseCost(memory_kib=19_456, passes=1)


@pytest.fixture
def location(tmp_path: Path) -> Path:
    return tmp_path / "auth.keep"


@pytest.fixture
def keep(location: Path) -> Iterator[otpkeep.Keep]:
    with otpkeep.open(location, root_key=ROOT_KEY, create=True, manual_clock=True) as keep:
        yield keep


@pytest.fixture
def bot(keep: otpkeep.Keep) -> otpkeep.Keep:
    """The keep with one key, `bot`."""
    keep.write_key("bot", secret=SECRET)
    return keep


def code_at(keep: otpkeep.Keep, at: int, name: str = "bot") -> str:
    return keep.read_code(name, at).value


def wrong_code_at(keep: otpkeep.Keep, at: int) -> str:
    """A code that no step around `at` has."""
    taken = {code_at(keep, at + 30 * step) for step in (-2, -1, 0, 1, 2)}
    return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in taken)
