"""Operations by path: what goes in, what comes out, and what is refused."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import otpkeep
import pytest
from conftest import SECRET


def data_of(answer: otpkeep.Answer | None) -> dict[str, Any]:
    assert answer is not None
    assert answer["data"] is not None
    return answer["data"]


def test_a_key_lives_by_path(keep: otpkeep.Keep) -> None:
    assert keep.list("totp/keys") is None
    assert keep.write("totp/keys/bot", {"key": SECRET, "issuer": "Acme"}) is None
    assert keep.list("totp/keys") == {"data": {"keys": ["bot"]}, "warnings": [], "auth": None, "mount_type": "totp"}
    described = data_of(keep.read("totp/keys/bot"))
    assert (described["issuer"], described["digits"], described["last_used"]) == ("Acme", 6, None)
    code = data_of(keep.read("totp/code/bot"))
    assert code["code"] == keep.read_code("bot", code["generated"]).value
    assert data_of(keep.write("totp/code/bot", {"code": "1"})) == {"valid": False}
    assert data_of(keep.write("totp/code/bot", {"code": code["code"]})) == {"valid": True}
    with pytest.raises(otpkeep.ReplayedCode, match="^code already used; wait until the next time period$"):
        keep.write("totp/code/bot", {"code": code["code"]})
    assert data_of(keep.read("totp/attempts/bot"))["failures"] == 0
    assert keep.delete("totp/attempts/bot") is None
    assert keep.delete("totp/keys/bot") is None
    assert keep.delete("totp/keys/bot") is None
    assert keep.read("totp/keys/bot") is None


def test_generated_key_is_told(keep: otpkeep.Keep) -> None:
    fields = {"generate": True, "issuer": "Acme", "account_name": "alice", "period": "1m", "digits": "8"}
    made = data_of(keep.write("totp/keys/alice", fields))
    assert made["url"].startswith("otpauth://totp/Acme:alice")
    assert made["barcode"].startswith("iVBORw0KGgo")
    key = keep.read_key("alice")
    assert (key.period, key.digits) == (60, 8)


def test_keeps_own_paths(keep: otpkeep.Keep) -> None:
    assert keep.write("sys/mounts/staff", {"type": "totp", "description": "who works here"}) is None
    answer = keep.read("sys/mounts")
    assert answer is not None
    assert answer["mount_type"] == "system"
    assert data_of(answer)["staff/"]["description"] == "who works here"
    assert keep.write("sys/mounts/staff/tune", {"options": {"max_failures": 7}}) is None
    assert keep.list_mounts()[0].max_failures == 7
    assert keep.delete("sys/mounts/staff") is None
    text = 'path "totp/code/*" { capabilities = ["update"] }'
    assert keep.write("sys/policies/acl/verifier", {"policy": text}) is None
    assert data_of(keep.read("sys/policies/acl/verifier")) == {"name": "verifier", "policy": text}
    assert data_of(keep.list("sys/policies/acl")) == {"keys": ["default", "root", "verifier"]}
    made = keep.write("auth/token/create", {"policies": ["verifier"], "ttl": "1h", "meta": {"team": "a"}})
    assert made is not None
    auth = made["auth"]
    assert auth is not None
    assert (made["data"], made["mount_type"], auth["lease_duration"]) == (None, "token", 3600)
    assert (auth["policies"], auth["metadata"]) == (["default", "verifier"], {"team": "a"})
    verifier = keep.with_token(auth["client_token"])
    assert data_of(verifier.read("auth/token/lookup-self"))["accessor"] == auth["accessor"]
    paths = ("totp/code/a", "totp/keys/a")
    assert data_of(verifier.write("sys/capabilities-self", {"paths": paths})) == {
        "totp/code/a": ["update"],
        "totp/keys/a": ["deny"],
    }
    assert data_of(keep.list("auth/token/accessors")) == {"keys": [auth["accessor"]]}
    assert verifier.write("auth/token/revoke-self") is None
    with pytest.raises(otpkeep.BadToken, match="^bad token$"):
        verifier.read("auth/token/lookup-self")
    with pytest.raises(otpkeep.BadToken):
        verifier.help("totp")


def test_help_tells_of_paths(keep: otpkeep.Keep) -> None:
    assert "keys/" in keep.help("totp")
    assert "## PARAMETERS" in keep.help("totp/keys/x")
    assert "policies" in keep.help("auth/token/create")
    for path in ("nowhere/x", "totp/nonsense"):
        with pytest.raises(otpkeep.UnsupportedPath):
            keep.help(path)


def test_what_is_odd_is_a_warning(bot: otpkeep.Keep) -> None:
    answer = bot.write("totp/keys/bot", {"key": SECRET, "colour": "red"})
    assert answer is not None
    assert answer["data"] is None
    assert answer["warnings"] == ["Endpoint ignored these unrecognized parameters: [colour]"]


REFUSED: list[tuple[str, str, Any, type[otpkeep.Error], str]] = [
    ("read", "totp/code/nobody", None, otpkeep.KeyNotFound, "unknown key: nobody"),
    ("write", "totp/code/bot", None, otpkeep.InvalidArgument, "the code value is required"),
    ("write", "totp/keys/new", {"digits": "six"}, otpkeep.InvalidArgument, "Field validation failed: .*"),
    ("read", "nowhere/x", None, otpkeep.UnsupportedPath, 'no handler for route "nowhere/x". route entry not found.'),
    ("read", "totp/nonsense", None, otpkeep.UnsupportedPath, "unsupported path"),
    ("list", "totp/code/bot", None, otpkeep.UnsupportedOperation, "unsupported operation"),
    ("read", "totp/../sys", None, otpkeep.InvalidArgument, "relative paths not supported"),
    ("write", "sys/policies/acl/p", {"policy": "x"}, otpkeep.InvalidPolicy, "failed to parse policy: .*"),
    ("write", "sys/mounts/totp", {"type": "totp"}, otpkeep.MountInUse, ".*"),
]


@pytest.mark.parametrize(("operation", "path", "data", "kind", "sentence"), REFUSED)
def test_refusal_is_the_exception_of_its_kind_with_the_sentence(
    bot: otpkeep.Keep, operation: str, path: str, data: Any, kind: type[otpkeep.Error], sentence: str
) -> None:
    with pytest.raises(kind, match=f"^{sentence}") as refused:
        getattr(bot, operation)(path, data)
    assert type(refused.value) is kind


def test_throttled_and_disabled_keys_are_exceptions_by_path(bot: otpkeep.Keep) -> None:
    bot.tune_mount("totp", free_attempts=0, lock_seconds=600, max_lock_seconds=600, max_failures=2)
    wrong = "000000" if bot.read_code("bot").value != "000000" else "000001"
    assert data_of(bot.write("totp/code/bot", {"code": wrong})) == {"valid": False}
    with pytest.raises(otpkeep.Throttled, match="^too many failed attempts; try again in"):
        bot.write("totp/code/bot", {"code": wrong})
    bot.tune_mount("totp", lock_seconds=1, max_failures=1)
    with pytest.raises((otpkeep.KeyDisabled, otpkeep.Throttled)):
        bot.write("totp/code/bot", {"code": wrong})


def test_data_is_any_mapping_of_json_values(keep: otpkeep.Keep) -> None:
    class Text(str):
        pass

    mappings: list[Mapping[str, object]] = [
        {"key": SECRET, "digits": 8, "period": 30, "issuer": "Acme"},
        MappingProxyType({Text("key"): Text(SECRET), "digits": "8", "skew": None}),
    ]
    for data in mappings:
        assert keep.write("totp/keys/bot", data) is None
        assert keep.read_key("bot").digits == 8
    paths = {"paths": ["a", "b"]}
    assert data_of(keep.write("sys/capabilities-self", paths)) == {"a": ["root"], "b": ["root"]}
    assert paths == {"paths": ["a", "b"]}


def nested(levels: int) -> list[Any]:
    inner: list[Any] = []
    for _ in range(levels - 1):
        inner = [inner]
    return inner


def test_data_that_json_cannot_express_names_its_argument(keep: otpkeep.Keep) -> None:
    itself: list[Any] = []
    itself.append(itself)
    own: dict[str, Any] = {}
    own["x"] = own
    for value in (float("nan"), float("inf"), 2**64, -(2**63) - 1, "\ud800", itself, own, nested(128)):
        with pytest.raises(otpkeep.InvalidArgument) as refused:
            keep.write("totp/keys/bot", {"x": value})
        assert refused.value.argument == "data"
    with pytest.raises(otpkeep.InvalidArgument) as refused:
        keep.write("totp/keys/bot", {"\ud800": 1})
    assert refused.value.argument == "data"
    for fine in (2**64 - 1, -(2**63), 1e308, nested(127)):
        assert keep.write("totp/keys/bot", {"key": SECRET, "x": fine}) is not None


def test_whole_numbers_come_out_whole(keep: otpkeep.Keep) -> None:
    keep.write("totp/keys/bot", {"key": SECRET})
    created = data_of(keep.read("totp/keys/bot"))["created"]
    assert type(created) is int
    assert created == int(keep.read_key("bot").created.timestamp())


def test_answer_is_a_dict_of_its_own(bot: otpkeep.Keep) -> None:
    first, second = bot.list("totp/keys"), bot.list("totp/keys")
    data_of(first)["keys"].append("other")
    assert data_of(second) == {"keys": ["bot"]}
