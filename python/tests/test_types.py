"""A wrong type is a TypeError; a right one of another kind is taken."""

import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import otpkeep
import pytest
from conftest import CHEAP, ROOT_KEY, SECRET


class Odd:
    """Not what any argument is."""


@pytest.mark.parametrize("code", [123456, 123456.0, b"123456", bytearray(b"1"), ["1"], None, True, Odd(), ("1",)])
def test_code_is_text(bot: otpkeep.Keep, code: Any) -> None:
    with pytest.raises(TypeError):
        bot.validate_code("bot", code)
    with pytest.raises(TypeError):
        bot.validate_codes([("bot", code)])
    assert bot.read_attempts("bot").failures == 0


@pytest.mark.parametrize("at", [True, False, "1800000000", b"1", [1], Odd(), 1j, (1,)])
def test_time_is_a_number_or_a_datetime(bot: otpkeep.Keep, at: Any) -> None:
    with pytest.raises(TypeError):
        bot.read_code("bot", at)
    with pytest.raises(TypeError):
        bot.validate_code("bot", "123456", at)


def test_date_without_a_time_is_no_time(bot: otpkeep.Keep) -> None:
    from datetime import date

    with pytest.raises(TypeError):
        bot.read_code("bot", date(2027, 1, 15))  # type: ignore[arg-type]


NO_ITEMS: list[Any] = [None, 5, "ab", ["ab"], [b"ab"], [("bot",)], [["bot", "1", "2"]], [{"bot", "1"}], [(1, "1")]]


@pytest.mark.parametrize("items", NO_ITEMS)
def test_items_are_pairs_of_text(bot: otpkeep.Keep, items: Any) -> None:
    with pytest.raises(TypeError):
        bot.validate_codes(items)


def test_error_of_a_type_names_the_argument(keep: otpkeep.Keep) -> None:
    odd: Any = Odd()
    calls: list[tuple[str, str, Callable[[], object]]] = [
        ("name", "str", lambda: keep.read_code(odd)),
        ("name", "str", lambda: keep.validate_code(odd, "1")),
        ("code", "str", lambda: keep.validate_code("bot", odd)),
        ("items", "str", lambda: keep.validate_codes([("bot", odd)])),
        ("url", "str", lambda: keep.write_key("bot", url=odd)),
        ("after", "str", lambda: keep.list_keys(odd)),
        ("description", "str", lambda: keep.mount("x/", description=odd)),
        ("passphrase", "bytes-like", lambda: keep.add_slot(passphrase=odd)),
        ("text", "str", lambda: keep.write_policy("a", odd)),
        ("policies", "an iterable of str", lambda: keep.create_token(policies=[odd])),
        ("data", "of JSON values", lambda: keep.write("totp/keys/bot", {"key": odd})),
    ]
    for argument, wanted, call in calls:
        with pytest.raises(TypeError) as refused:
            call()
        assert str(refused.value) == f"argument '{argument}': must be {wanted}, not Odd"


def test_passphrase_cost_is_any_sequence_of_two(location: Path) -> None:
    for number, cost in enumerate(([19_456, 1], (19_456, 1), CHEAP)):
        otpkeep.open(f"{location}{number}", passphrase="x", passphrase_cost=cost, create=True).close()
    wrong: list[Any] = ["12", b"12", [19_456], [19_456, 1, 1], 19_456, {19_456, 1}, ["19456", "1"], [True, True]]
    for cost in wrong:
        with pytest.raises(TypeError):
            otpkeep.open(location, passphrase="x", passphrase_cost=cost, create=True)
    assert not location.exists()


def test_error_of_the_items_themselves_is_raised(bot: otpkeep.Keep) -> None:
    def items() -> Any:
        yield ("bot", "1")
        raise LookupError("of the iterator")

    with pytest.raises(LookupError, match="of the iterator"):
        bot.validate_codes(items())


def test_arguments_have_their_types(keep: otpkeep.Keep, location: Path) -> None:
    odd: Any = Odd()
    text: Any = "1"
    whole: Any = 1
    half: Any = 0.5
    calls: list[Callable[[], object]] = [
        lambda: keep.read_key(odd),
        lambda: keep.read_key(None),  # type: ignore[arg-type]
        lambda: keep.write_key("bot", url=odd),
        lambda: keep.write_key("bot", secret=b"JBSWY3DPEHPK3PXP"),  # type: ignore[arg-type]
        lambda: keep.write_key("bot", secret=SECRET, digits=text),
        lambda: keep.write_key("bot", secret=SECRET, digits=half),
        lambda: keep.write_key("bot", secret=SECRET, skew=True),
        lambda: keep.write_key("bot", secret=SECRET, overwrite=whole),
        lambda: keep.write_key("bot", SECRET),  # type: ignore[call-arg]
        lambda: keep.write_key("bot", secret=SECRET, colour="red"),  # type: ignore[call-arg]
        lambda: keep.list_keys(odd),
        lambda: keep.list_keys("", text),
        lambda: keep.mount("x/", throttle=whole),
        lambda: keep.remove_slot(text),
        lambda: keep.add_slot(passphrase="x", passphrase_cost=odd),
        lambda: keep.add_slot(passphrase="x", passphrase_cost=(1, 2, 3)),
        lambda: keep.add_slot(passphrase="x", passphrase_cost=("1", 2)),  # type: ignore[arg-type]
        lambda: keep.backup(odd),
        lambda: keep.write_policy("p", b"x"),  # type: ignore[arg-type]
        lambda: keep.write_policy("p", odd),
        lambda: keep.read_policy(odd),
        lambda: keep.delete_policy(None),  # type: ignore[arg-type]
        lambda: keep.create_token("default"),  # type: ignore[call-arg]
        lambda: keep.create_token(policies=text),
        lambda: keep.create_token(policies=odd),
        lambda: keep.create_token(policies=[odd]),
        lambda: keep.create_token(policies=b"default"),  # type: ignore[arg-type]
        lambda: keep.create_token(ttl=text),
        lambda: keep.create_token(ttl=half),
        lambda: keep.create_token(ttl=True),
        lambda: keep.create_token(renewable=whole),
        lambda: keep.create_token(display_name=odd),
        lambda: keep.create_token(metadata=odd),
        lambda: keep.create_token(metadata=[("a", "b")]),  # type: ignore[arg-type]
        lambda: keep.create_token(metadata={"a": whole}),
        lambda: keep.create_token(metadata={1: "a"}),  # type: ignore[dict-item]
        lambda: keep.create_token(no_default_policy=whole),
        lambda: keep.with_token(odd),
        lambda: keep.with_token(None),  # type: ignore[arg-type]
        lambda: keep.lookup_token(odd),
        lambda: keep.renew_token(None, text),
        lambda: keep.renew_token(None, half),
        lambda: keep.renew_token(None, True),
        lambda: keep.revoke_token(odd),
        lambda: keep.capabilities(odd),
        lambda: keep.enable_audit(odd, "/nowhere"),
        lambda: keep.enable_audit("file", odd),
        lambda: keep.disable_audit(odd),
        lambda: keep.audit_hash(b"x"),  # type: ignore[arg-type]
        lambda: keep.read(odd),
        lambda: keep.help(odd),
        lambda: keep.help("totp", {}),  # type: ignore[call-arg]
        lambda: keep.write("totp/keys/bot", odd),
        lambda: keep.write("totp/keys/bot", [("key", SECRET)]),  # type: ignore[arg-type]
        lambda: keep.write("totp/keys/bot", "key=x"),  # type: ignore[arg-type]
        lambda: keep.write("totp/keys/bot", {1: SECRET}),  # type: ignore[dict-item]
        lambda: keep.write("totp/keys/bot", {"key": odd}),
        lambda: keep.write("totp/keys/bot", {"key": SECRET.encode()}),
        lambda: keep.write("totp/keys/bot", {"key": {SECRET}}),
        lambda: keep.write("totp/keys/bot", {"key": [[odd]]}),
        lambda: keep.write("totp/keys/bot", {"key": {"a": {1: 2}}}),
        lambda: otpkeep.open(odd, root_key=ROOT_KEY),
        lambda: otpkeep.open(b"auth.keep", root_key=ROOT_KEY),  # type: ignore[arg-type]
        lambda: otpkeep.open(3, root_key=ROOT_KEY),  # type: ignore[arg-type]
        lambda: otpkeep.open(location, root_key="x" * 32),  # type: ignore[arg-type]
        lambda: otpkeep.open(location, root_key=odd),
        lambda: otpkeep.open(location, passphrase=whole),
        lambda: otpkeep.open(location, key_file=whole),
        lambda: otpkeep.open(location, root_key=ROOT_KEY, busy_timeout=text),
        lambda: otpkeep.open(location, root_key=ROOT_KEY, busy_timeout=True),
        lambda: otpkeep.open(location, root_key=ROOT_KEY, create=whole),
        lambda: otpkeep.Keep(),
        lambda: otpkeep.Code(),
        lambda: otpkeep.Enrollment(),
        lambda: otpkeep.IssuedToken(),
    ]
    for number, call in enumerate(calls):
        with pytest.raises(TypeError):
            call()
            pytest.fail(f"call {number} was taken")
    assert keep.list_keys() == []


def test_class_cannot_be_derived_from(keep: otpkeep.Keep) -> None:
    for final in (otpkeep.Keep, otpkeep.Code, otpkeep.Enrollment, otpkeep.IssuedToken):
        with pytest.raises(TypeError):
            type("Derived", (final,), {})


def test_root_key_is_any_object_with_bytes(location: Path) -> None:
    spaced = memoryview(bytes(byte for byte in ROOT_KEY for _ in range(2)))[::2]
    otpkeep.open(location, root_key=ROOT_KEY, create=True).close()
    for root_key in (bytearray(ROOT_KEY), memoryview(ROOT_KEY), spaced, array.array("B", ROOT_KEY)):
        otpkeep.open(location, root_key=root_key).close()


def test_passphrase_is_text_or_bytes(location: Path) -> None:
    otpkeep.open(location, passphrase="pässword", passphrase_cost=CHEAP, create=True).close()
    for passphrase in ("pässword".encode(), bytearray("pässword".encode()), memoryview("pässword".encode())):
        otpkeep.open(location, passphrase=passphrase).close()


def test_path_is_text_or_has_one(keep: otpkeep.Keep, location: Path) -> None:
    class Place:
        def __fspath__(self) -> str:
            return str(location)

    for path in (str(location), location, Place()):
        otpkeep.open(path, root_key=ROOT_KEY).close()
    # A name that no encoding explains is a name all the same.
    keep.backup(str(location.parent / "caf\udce9"))
    assert (location.parent / "caf\udce9").exists()
    for nothing in ("", "a\0b", "memory://x"):
        with pytest.raises(otpkeep.InvalidArgument, match="^location: "):
            otpkeep.open(nothing, root_key=ROOT_KEY)


def test_busy_timeout_is_whole_or_not(location: Path) -> None:
    for seconds in (0, 5, 0.25, 600, 600.0, -0.0):
        otpkeep.open(location, root_key=ROOT_KEY, create=True, busy_timeout=seconds).close()
