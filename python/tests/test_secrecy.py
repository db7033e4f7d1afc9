"""Nothing shows a secret unless it is asked for."""

import copy
import pickle
import traceback
from pathlib import Path
from typing import Any

import otpkeep
import pytest
from conftest import CHEAP, NOW, SECRET


def shown(value: Any) -> str:
    return f"{value!r} {value!s}" if not isinstance(value, otpkeep.Code) else repr(value)


def test_values_do_not_show_secrets(keep: otpkeep.Keep) -> None:
    enrollment = keep.generate_key("alice", issuer="Acme", account_name="alice@acme.com")
    secret = enrollment.url.partition("secret=")[2].partition("&")[0]
    assert len(secret) == 32
    code = keep.read_code("alice", NOW)
    assert code.value not in repr(code)
    for value in (keep, enrollment, keep.read_key("alice"), keep.status(), keep.read_attempts("alice")):
        assert secret not in shown(value)
        assert code.value not in shown(value)
    assert "alice@acme.com" not in repr(keep.read_key("alice"))
    assert repr(enrollment) == str(enrollment) == "<otpkeep.Enrollment>"


def test_tokens_do_not_show_themselves(keep: otpkeep.Keep, tmp_path: Path) -> None:
    issued = keep.create_token(policies=["a"], display_name="hidden-7391", metadata={"whose": "hidden-7391"})
    keep.enable_audit("file", tmp_path / "audit.log")
    handle = keep.with_token(issued.secret)
    assert repr(issued) == str(issued) == "<otpkeep.IssuedToken>"
    for value in (issued, issued.token, keep.lookup_token(issued.secret), handle, keep.list_audits(), keep.status()):
        assert issued.secret not in shown(value)
        assert "hidden-7391" not in shown(value)
    assert issued.secret not in repr(vars(otpkeep.IssuedToken))
    assert issued.secret not in (tmp_path / "audit.log").read_text()
    # Asked for, it is there: a plain dict shows what it holds.
    answer = keep.write("auth/token/create", {"policies": "a"})
    assert "otk_" in repr(answer)


def test_what_holds_a_secret_cannot_be_copied_or_changed(bot: otpkeep.Keep) -> None:
    enrollment = bot.generate_key("alice", issuer="Acme", account_name="alice")
    for value in (enrollment, bot.read_code("bot"), bot, bot.create_token(policies=["a"])):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError, match="neither pickled nor copied: "):
                pickle.dumps(value, protocol)
        for twin in (copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="neither pickled nor copied: "):
                twin(value)
        with pytest.raises((AttributeError, TypeError)):
            value.note = "x"  # type: ignore[union-attr]
        assert not hasattr(value, "__dict__")


def test_keep_that_is_pickled_says_what_to_do(keep: otpkeep.Keep) -> None:
    with pytest.raises(TypeError, match="open it in each process"):
        pickle.dumps(keep)


def test_codes_and_enrollments_equal_nothing_else(bot: otpkeep.Keep) -> None:
    """Whether a code is right is for validate_code to say, which compares in constant time and only once."""
    code: Any = bot.read_code("bot", NOW)
    assert code != code.value
    assert code != bot.read_code("bot", NOW)


def test_values_are_immutable_and_comparable(bot: otpkeep.Keep, tmp_path: Path) -> None:
    token = bot.create_token(policies=["a"], metadata={"team": "a"}).secret
    bot.enable_audit("file", tmp_path / "audit.log")
    pairs: list[tuple[Any, Any]] = [
        (bot.read_key("bot"), bot.read_key("bot")),
        (bot.read_attempts("bot"), bot.read_attempts("bot")),
        (bot.list_mounts()[0], bot.list_mounts()[0]),
        (bot.status(), bot.status()),
        (bot.status().slots[0], bot.status().slots[0]),
        (bot.lookup_token(token), bot.lookup_token(token)),
        (bot.list_audits()[0], bot.list_audits()[0]),
        (bot.validate_code("bot", "x"), bot.validate_code("bot", "y")),
    ]
    for one, other in pairs:
        assert one == other
        assert hash(one) == hash(other)
        assert pickle.loads(pickle.dumps(one)) == one
        for name in one.__slots__:
            with pytest.raises((AttributeError, TypeError)):
                setattr(one, name, None)


def test_errors_do_not_show_what_was_given(bot: Any) -> None:
    hidden = "hidden-7391"
    calls: list[Any] = [
        lambda: bot.write_key("x", url=f"otpauth://totp/A?secret={hidden}"),
        lambda: bot.write_key("x", url=f"http://{hidden}"),
        lambda: bot.write_key("x", secret=hidden),
        lambda: bot.write_key("x", secret=SECRET, algorithm=hidden),
        lambda: bot.read_code(f"-{hidden}"),
        lambda: bot.add_slot(passphrase=hidden, root_key=b"x", passphrase_cost=CHEAP),
        lambda: bot.add_slot(root_key=hidden.encode()),
        lambda: bot.add_slot(root_key=hidden),
        lambda: bot.add_slot(passphrase=[hidden]),
        lambda: bot.validate_code("bot", [hidden]),
        lambda: bot.validate_codes([("bot", hidden, hidden)]),
        lambda: bot.write_key("x", secret=hidden.encode()),
        lambda: bot.write_key("x", url=[hidden]),
        lambda: bot.with_token(hidden),
        lambda: bot.with_token("otk_" + hidden),
        lambda: bot.lookup_token([hidden]),
        lambda: bot.renew_token(hidden),
        lambda: bot.write_policy("p", hidden.encode()),
        lambda: bot.create_token(policies=hidden),
        lambda: bot.create_token(metadata={"x": [hidden]}),
        lambda: bot.audit_hash([hidden]),
        lambda: bot.write("totp/keys/x", {"key": hidden}),
        lambda: bot.write("totp/keys/x", {"url": f"otpauth://totp/A?secret={hidden}"}),
        lambda: bot.write("totp/keys/x", {"key": [hidden]}),
        lambda: bot.write("totp/keys/x", {"key": {hidden}}),
        lambda: bot.write("totp/keys/x", {"key": SECRET, "digits": hidden}),
        lambda: bot.write("totp/keys/x", {"key": hidden + "\ud800"}),
        lambda: bot.write("totp/keys/x", [hidden]),
        lambda: bot.write("auth/token/lookup", {"token": hidden}),
    ]
    for number, call in enumerate(calls):
        with pytest.raises((otpkeep.Error, TypeError)) as refused:
            call()
        error = refused.value
        told = "".join(traceback.format_exception_only(error)) + repr(error) + repr(vars(error)) + repr(error.args)
        assert hidden not in told, number
        assert error.__cause__ is None or hidden not in repr(error.__cause__)
