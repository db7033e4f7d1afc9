"""Policies, tokens, what a handle may do with one, and the audit log."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import otpkeep
import pytest
from conftest import NOW, ROOT_KEY, SECRET

VERIFIER = 'path "totp/code/*" { capabilities = ["update"] }'
READER = 'path "totp/code/bot" { capabilities = ["read"] }'
MAKER = 'path "auth/token/create" { capabilities = ["update"] }'


def with_policy(keep: otpkeep.Keep, text: str) -> otpkeep.Keep:
    """A handle with a token that has just this policy."""
    keep.write_policy("only", text)
    return keep.with_token(keep.create_token(policies=["only"], no_default_policy=True).secret)


# -- policies ----------------------------------------------------------------------------------------------------------


def test_policy_is_kept_as_it_was_written(keep: otpkeep.Keep) -> None:
    assert keep.list_policies() == ["default", "root"]
    assert "auth/token/lookup-self" in keep.read_policy("default")
    assert keep.read_policy("root") == ""
    text = f"# für alle\n{VERIFIER}\n"
    keep.write_policy("Team-A", text)
    assert keep.read_policy("team-a") == text
    assert keep.list_policies() == ["default", "root", "team-a"]
    keep.delete_policy("team-a")
    keep.delete_policy("team-a")
    with pytest.raises(KeyError) as missing:
        keep.read_policy("team-a")
    assert type(missing.value) is otpkeep.PolicyNotFound
    assert (missing.value.kind, missing.value.code) == ("policy-not-found", 76)


def test_bad_policy_says_where_and_changes_nothing(keep: otpkeep.Keep) -> None:
    keep.write_policy("team", VERIFIER)
    with pytest.raises(otpkeep.InvalidPolicy, match="line 2"):
        keep.write_policy("team", 'path "x" {\n  capabilities = ["banana"]\n}')
    assert keep.read_policy("team") == VERIFIER
    calls: list[Callable[[], object]] = [
        lambda: keep.write_policy("root", ""),
        lambda: keep.write_policy("a b", ""),
        lambda: keep.delete_policy("default"),
        lambda: keep.read_policy(""),
    ]
    for call in calls:
        with pytest.raises(otpkeep.InvalidArgument) as refused:
            call()
        assert refused.value.argument == "name"


# -- tokens ------------------------------------------------------------------------------------------------------------


def test_token_is_told_once_and_described_for_ever(keep: otpkeep.Keep) -> None:
    issued = keep.create_token(
        policies=("verifier", "reader"), ttl=3600, renewable=False, display_name="ci", metadata={"team": "a"}
    )
    token = issued.token
    assert issued.secret.startswith("otk_")
    assert token.accessor.startswith("oac_")
    assert token.policies == ("default", "reader", "verifier")
    assert (token.display_name, token.metadata, token.ttl) == ("ci", {"team": "a"}, 3600)
    assert (token.renewable, token.parent) == (False, None)
    assert token.expires == token.created + timedelta(seconds=3600)
    assert keep.lookup_token(issued.secret) == keep.lookup_token(token.accessor) == token
    with keep.with_token(issued.secret) as handle:
        assert handle.lookup_token() == token
    assert keep.list_tokens() == [token.accessor]


def test_root_token_has_no_end(keep: otpkeep.Keep) -> None:
    issued = keep.create_token()
    assert (issued.token.policies, issued.token.expires, issued.token.ttl) == (("root",), None, 0)
    with keep.with_token(issued.secret) as root:
        assert root.capabilities("anything") == ["root"]
        assert root.rotate() == 2
        root.revoke_token()
        with pytest.raises(otpkeep.BadToken):
            root.status()


def test_renewal_gives_no_more_than_the_ttl(keep: otpkeep.Keep) -> None:
    issued = keep.create_token(policies=["a"], ttl=3600)
    for increment in (None, 0, 3600, 2**31, 2**70):
        renewed = keep.renew_token(issued.secret, increment)
        assert renewed.expires is not None
        assert issued.token.expires is not None
        assert timedelta(0) <= renewed.expires - issued.token.expires < timedelta(seconds=600)
    shorter = keep.renew_token(issued.token.accessor, increment=60)
    assert shorter.expires is not None
    assert shorter.expires < issued.token.created + timedelta(seconds=660)
    with keep.with_token(issued.secret) as own:
        assert own.renew_token(increment=30).ttl == 3600
    for negative in (-1, -(2**70)):
        with pytest.raises(otpkeep.InvalidArgument) as refused:
            keep.renew_token(issued.secret, increment=negative)
        assert refused.value.argument == "increment"
    fixed = keep.create_token(policies=["a"], renewable=False)
    with pytest.raises(otpkeep.InvalidArgument, match="renewable"):
        keep.renew_token(fixed.secret)


def test_revoking_takes_the_children_at_once_and_everywhere(keep: otpkeep.Keep, location: Path) -> None:
    keep.write_policy("maker", MAKER)
    parent = keep.with_token(keep.create_token(policies=["maker"]).secret)
    child = parent.create_token()
    assert child.token.policies == ("default", "maker")
    assert child.token.parent == parent.lookup_token().accessor
    with otpkeep.open(location, root_key=ROOT_KEY) as elsewhere:
        handle = elsewhere.with_token(child.secret)
        assert handle.lookup_token() == child.token
        parent.revoke_token()
        for dead in (parent, handle):
            with pytest.raises(otpkeep.BadToken):
                dead.lookup_token()
            with pytest.raises(otpkeep.BadToken):
                dead.read("totp/code/bot")
    assert keep.list_tokens() == []
    keep.revoke_token(child.secret)
    keep.revoke_token("nonsense")


def test_child_has_a_subset_of_its_parents_policies(keep: otpkeep.Keep) -> None:
    keep.write_policy("maker", MAKER)
    parent = keep.with_token(keep.create_token(policies=["maker", "a"]).secret)
    assert parent.create_token(policies=["a"]).token.policies == ("a", "default")
    for policies in (["b"], ["a", "b"], ["root"]):
        with pytest.raises(otpkeep.PermissionDenied):
            parent.create_token(policies=policies)


@pytest.mark.parametrize("text", ["", "x", "otk_", "hvs.abc", "otk_" + "A" * 43, "oac_" + "A" * 22, "otk_\0"])
def test_what_is_no_token_is_a_bad_token(keep: otpkeep.Keep, text: str) -> None:
    for call in (keep.with_token, keep.lookup_token, keep.renew_token):
        with pytest.raises(otpkeep.BadToken):
            call(text)


def test_accessor_gives_no_authority(keep: otpkeep.Keep) -> None:
    with pytest.raises(otpkeep.BadToken):
        keep.with_token(keep.create_token(policies=["a"]).token.accessor)


def test_handle_with_the_root_key_has_no_token_of_its_own(keep: otpkeep.Keep) -> None:
    for call in (keep.lookup_token, keep.renew_token, keep.revoke_token):
        with pytest.raises(otpkeep.InvalidArgument) as refused:
            call()
        assert refused.value.argument == "token"


def test_bounds_of_a_token_name_the_argument(keep: otpkeep.Keep) -> None:
    cases: list[tuple[str, dict[str, Any]]] = [
        ("ttl", {"ttl": 0}),
        ("ttl", {"ttl": -1}),
        ("ttl", {"ttl": 315_360_001}),
        ("ttl", {"ttl": 2**70}),
        ("policies", {"policies": [f"p{number}" for number in range(65)]}),
        ("policies", {"policies": ["same"] * 65}),
        ("policies", {"policies": iter(lambda: "endless", None)}),
        ("policies", {"policies": ["a b"]}),
        ("policies", {"policies": ["\ud800"]}),
        ("display_name", {"display_name": "x" * 257}),
        ("metadata", {"metadata": {str(number): "" for number in range(65)}}),
        ("metadata", {"metadata": {"x": "y" * 513}}),
        ("metadata", {"metadata": {"\ud800": ""}}),
    ]
    for argument, fields in cases:
        spec: dict[str, Any] = {"policies": ["a"]} | fields
        with pytest.raises(otpkeep.InvalidArgument) as refused:
            keep.create_token(**spec)
        assert refused.value.argument == argument, fields
    assert keep.list_tokens() == []
    for ttl in (1, 315_360_000):
        assert keep.create_token(policies=["a"], ttl=ttl).token.ttl == ttl


# -- the authority of a handle -----------------------------------------------------------------------------------------


TYPED: dict[str, Callable[[otpkeep.Keep], object]] = {
    "write_key": lambda keep: keep.write_key("new", secret=SECRET),
    "generate_key": lambda keep: keep.generate_key("new", issuer="A", account_name="b"),
    "read_key": lambda keep: keep.read_key("bot"),
    "list_keys": lambda keep: keep.list_keys(),
    "delete_key": lambda keep: keep.delete_key("bot"),
    "read_code": lambda keep: keep.read_code("bot"),
    "validate_code": lambda keep: keep.validate_code("bot", "1"),
    "read_attempts": lambda keep: keep.read_attempts("bot"),
    "reset_attempts": lambda keep: keep.reset_attempts("bot"),
    "mount": lambda keep: keep.mount("new"),
    "tune_mount": lambda keep: keep.tune_mount("totp"),
    "unmount": lambda keep: keep.unmount("totp"),
    "list_mounts": lambda keep: keep.list_mounts(),
    "write_policy": lambda keep: keep.write_policy("p", ""),
    "read_policy": lambda keep: keep.read_policy("default"),
    "list_policies": lambda keep: keep.list_policies(),
    "delete_policy": lambda keep: keep.delete_policy("p"),
    "create_token": lambda keep: keep.create_token(),
    "lookup_token": lambda keep: keep.lookup_token(),
    "renew_token": lambda keep: keep.renew_token(),
    "revoke_token": lambda keep: keep.revoke_token(),
    "list_tokens": lambda keep: keep.list_tokens(),
    "capabilities": lambda keep: keep.capabilities("x"),
    "enable_audit": lambda keep: keep.enable_audit("file", "/nowhere"),
    "disable_audit": lambda keep: keep.disable_audit("file"),
    "list_audits": lambda keep: keep.list_audits(),
    "audit_hash": lambda keep: keep.audit_hash("x"),
    "rotate": lambda keep: keep.rotate(),
    "rewrap": lambda keep: keep.rewrap(),
    "add_slot": lambda keep: keep.add_slot(root_key=ROOT_KEY),
    "remove_slot": lambda keep: keep.remove_slot(1),
    "backup": lambda keep: keep.backup("/nowhere/backup.keep"),
    "status": lambda keep: keep.status(),
    "time that is chosen": lambda keep: keep.read_code("bot", NOW),
}
BY_PATH: list[tuple[str, str]] = [
    ("write", "totp/keys/new"),
    ("read", "totp/keys/bot"),
    ("list", "totp/keys"),
    ("delete", "totp/keys/bot"),
    ("read", "totp/code/bot"),
    ("write", "totp/code/bot"),
    ("read", "totp/attempts/bot"),
    ("delete", "totp/attempts/bot"),
    ("write", "sys/mounts/new"),
    ("write", "sys/mounts/totp/tune"),
    ("delete", "sys/mounts/totp"),
    ("read", "sys/mounts"),
    ("write", "sys/policies/acl/p"),
    ("read", "sys/policies/acl/default"),
    ("list", "sys/policies/acl"),
    ("delete", "sys/policies/acl/p"),
    ("write", "sys/capabilities-self"),
    ("write", "auth/token/create"),
    ("read", "auth/token/lookup-self"),
    ("write", "auth/token/renew-self"),
    ("write", "auth/token/revoke-self"),
    ("list", "auth/token/accessors"),
    ("read", "nowhere/at/all"),
]


def test_what_is_not_allowed_is_denied_in_every_operation_whatever_exists(bot: otpkeep.Keep) -> None:
    nobody = with_policy(bot, "")
    for name, call in TYPED.items():
        with pytest.raises(otpkeep.PermissionDenied):
            call(nobody)
            pytest.fail(f"{name} was allowed")
    for operation, path in BY_PATH:
        with pytest.raises(otpkeep.PermissionDenied):
            getattr(nobody, operation)(path)
            pytest.fail(f"{operation} {path} was allowed")
    assert bot.list_keys() == ["bot"]


def test_what_is_allowed_is_so_typed_and_by_path(bot: otpkeep.Keep) -> None:
    verifier = with_policy(bot, VERIFIER)
    code = bot.read_code("bot").value
    assert verifier.validate_code("bot", code)
    with pytest.raises(otpkeep.ReplayedCode):
        verifier.write("totp/code/bot", {"code": code})
    with pytest.raises(otpkeep.PermissionDenied):
        verifier.read_code("bot")
    with pytest.raises(otpkeep.PermissionDenied):
        verifier.read("totp/code/bot")
    assert bot.with_token(bot.create_token(policies=["only"]).secret).capabilities("totp/code/x") == ["update"]


def test_item_that_is_denied_leaves_the_others_alone(bot: otpkeep.Keep) -> None:
    bot.write_key("alice", secret=SECRET)
    only_bot = with_policy(bot, 'path "totp/code/bot" { capabilities = ["update"] }')
    denied, accepted = only_bot.validate_codes([("alice", "1"), ("bot", bot.read_code("bot").value)])
    assert isinstance(denied, otpkeep.Failure)
    assert isinstance(denied.error, otpkeep.PermissionDenied)
    assert isinstance(accepted, otpkeep.Verdict)
    assert accepted


def test_changed_policy_holds_at_once(bot: otpkeep.Keep, location: Path) -> None:
    handle = with_policy(bot, READER)
    assert handle.read_code("bot").value
    with otpkeep.open(location, root_key=ROOT_KEY) as other:
        other.write_policy("only", VERIFIER)
    with pytest.raises(otpkeep.PermissionDenied):
        handle.read_code("bot")
    assert handle.validate_code("bot", "x").outcome is otpkeep.Outcome.MALFORMED


def test_handle_of_a_token_keeps_its_mount_and_may_outlive_the_first(bot: otpkeep.Keep) -> None:
    bot.mount("staff")
    staff = bot.with_mount("staff")
    staff.write_key("ann", secret=SECRET)
    token = bot.create_token(policies=["root"])
    root = staff.with_token(token.secret)
    with pytest.raises(otpkeep.InvalidArgument):
        bot.lookup_token()
    staff.close()
    bot.close()
    assert root.list_keys() == ["ann"]
    assert root.with_mount("totp").list_keys() == ["bot"]
    assert root.lookup_token() == token.token
    root.close()
    with pytest.raises(otpkeep.Closed):
        root.with_token(token.secret)


def test_handles_of_many_threads_keep_their_authority(bot: otpkeep.Keep) -> None:
    bot.write_policy("verifier", VERIFIER)
    bot.write_policy("reader", READER)
    secrets = {name: bot.create_token(policies=[name], ttl=600).secret for name in ("verifier", "reader")}
    started = threading.Barrier(8)

    def work(number: int) -> int:
        name = ("verifier", "reader")[number % 2]
        handle = bot.with_token(secrets[name])
        started.wait()
        for _ in range(50):
            if name == "reader":
                assert handle.read_code("bot").value
                with pytest.raises(otpkeep.PermissionDenied):
                    handle.validate_code("bot", "1")
            else:
                assert handle.validate_code("bot", "1").outcome is otpkeep.Outcome.MALFORMED
                with pytest.raises(otpkeep.PermissionDenied):
                    handle.read("totp/code/bot")
        return number

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(work, range(8))) == list(range(8))


# -- the audit log -----------------------------------------------------------------------------------------------------


def test_each_request_and_answer_is_a_line(bot: otpkeep.Keep, tmp_path: Path) -> None:
    file = tmp_path / "audit.log"
    bot.enable_audit("file", file)
    assert file.stat().st_mode & 0o777 == 0o600
    (listed,) = bot.list_audits()
    assert (listed.name, listed.path) == ("file", str(file))
    assert listed == bot.list_audits()[0]
    code = bot.read_code("bot").value
    handle = with_policy(bot, VERIFIER)
    assert handle.validate_code("bot", code)
    with pytest.raises(otpkeep.PermissionDenied):
        handle.read_key("bot")
    bot.disable_audit("file")
    bot.disable_audit("file")
    bot.read_code("bot")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    answers = [(line["path"], line["outcome"]) for line in lines if line["type"] == "answer"]
    assert answers[-3:] == [
        ("totp/code/bot", "accepted"),
        ("totp/keys/bot", "permission-denied"),
        ("sys/audit/file", "done"),
    ]
    (validated,) = [line for line in lines if line["type"] == "request" and "code" in line["parameters"]]
    assert validated["parameters"]["code"] == bot.audit_hash(code)
    assert code not in json.dumps([line.get("parameters") for line in lines])
    assert bot.list_audits() == []


def test_what_cannot_be_logged_does_not_happen(bot: otpkeep.Keep, tmp_path: Path) -> None:
    with pytest.raises(otpkeep.AuditFailed):
        bot.enable_audit("full", "/dev/full")
    place = tmp_path / "place"
    place.mkdir()
    bot.enable_audit("file", str(place / "audit.log"))
    code = bot.read_code("bot").value
    place.rename(tmp_path / "elsewhere")
    with pytest.raises(otpkeep.AuditFailed):
        bot.validate_code("bot", code)
    with pytest.raises(otpkeep.AuditFailed):
        bot.write_key("new", secret=SECRET)
    (tmp_path / "elsewhere").rename(place)
    assert bot.list_keys() == ["bot"]
    assert bot.validate_code("bot", code)


def test_audit_files_have_names_and_absolute_paths(keep: otpkeep.Keep, tmp_path: Path) -> None:
    cases: list[tuple[str, str, str]] = [
        ("a b", str(tmp_path / "x.log"), "name"),
        ("", str(tmp_path / "x.log"), "name"),
        ("a", "relative.log", "path"),
        ("a", str(tmp_path / "caf\udce9"), "path"),
        ("a", str(tmp_path / "x\ud800"), "path"),
    ]
    for name, path, argument in cases:
        with pytest.raises(otpkeep.InvalidArgument) as refused:
            keep.enable_audit(name, path)
        assert refused.value.argument == argument
    assert keep.list_audits() == []
