"""Exceptions: one class for each kind, caught as Python programmers would."""

import copy
import errno
import json
import os
import pickle
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path

import otpkeep
import otpkeep.errors
import pytest
from conftest import CHEAP, NOW, ROOT_KEY, SECRET

TABLE = json.loads((Path(__file__).parents[2] / "tests" / "vectors" / "errors.json").read_text())
LEAVES = list(otpkeep.errors.KINDS.values())


def test_classes_are_the_table_of_errors() -> None:
    assert [(leaf.code, leaf.kind) for leaf in LEAVES] == [(row["code"], row["name"]) for row in TABLE]
    assert list(otpkeep.errors.KINDS) == [row["name"] for row in TABLE]
    assert len(set(LEAVES)) == len(TABLE)
    for leaf in LEAVES:
        assert issubclass(leaf, otpkeep.Error)
        assert getattr(otpkeep, leaf.__name__) is leaf
        assert leaf.__name__ in otpkeep.__all__


def test_package_without_a_class_is_not_imported() -> None:
    """The extension module compares the classes with the library's table when it is loaded."""
    for change in ("del KINDS['io']", "KINDS['io'].code = 28", "KINDS['x'] = KINDS['io']", "KINDS['io'].kind = 'oi'"):
        # The parent package imports the module first, so its table is changed before it does.
        program = f"""
import importlib.util, sys, types
spec = importlib.util.find_spec("otpkeep")
package = types.ModuleType("otpkeep")
package.__path__ = spec.submodule_search_locations
sys.modules["otpkeep"] = package
from otpkeep.errors import KINDS
{change}
try:
    import otpkeep._native
except (ImportError, KeyError):
    print("refused")
"""
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout == "refused\n", change


def test_package_is_not_loaded_twice() -> None:
    """Neither by a second interpreter nor anew: its exceptions would not be the ones that the module raises."""
    program = """
import sys, otpkeep
for name in [name for name in sys.modules if name.startswith("otpkeep")]:
    del sys.modules[name]
try:
    import otpkeep
except ImportError as refused:
    print(refused)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "otpkeep cannot be loaded twice in one process\n"


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.kind)
@pytest.mark.parametrize("argument", [None, "name"])
def test_exceptions_can_be_pickled_and_copied(leaf: type[otpkeep.Error], argument: str | None) -> None:
    original = leaf("the reason", argument)
    copies = [copy.copy(original), copy.deepcopy(original)]
    copies += [pickle.loads(pickle.dumps(original, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    for twin in copies:
        assert type(twin) is leaf
        assert (twin.kind, twin.code) == (leaf.kind, leaf.code)
        assert (twin.reason, twin.argument) == ("the reason", argument)
        assert str(twin) == str(original) == ("the reason" if argument is None else "name: the reason")
        assert twin.args == original.args


BUILT_IN: list[tuple[type[otpkeep.Error], type[Exception], int | None]] = [
    (otpkeep.InvalidArgument, ValueError, None),
    (otpkeep.Closed, ValueError, None),
    (otpkeep.KeepNotFound, FileNotFoundError, errno.ENOENT),
    (otpkeep.KeepExists, FileExistsError, errno.EEXIST),
    (otpkeep.Busy, TimeoutError, errno.ETIMEDOUT),
    (otpkeep.DiskFull, OSError, errno.ENOSPC),
    (otpkeep.ReadOnly, OSError, errno.EROFS),
    (otpkeep.Io, OSError, errno.EIO),
    (otpkeep.KeyNotFound, KeyError, None),
    (otpkeep.MountNotFound, KeyError, None),
    (otpkeep.PolicyNotFound, KeyError, None),
    (otpkeep.Panic, otpkeep.InternalError, None),
]


@pytest.mark.parametrize(("leaf", "parent", "number"), BUILT_IN, ids=lambda value: getattr(value, "__name__", ""))
def test_exceptions_are_what_python_programmers_catch(
    leaf: type[otpkeep.Error], parent: type[Exception], number: int | None
) -> None:
    with pytest.raises(parent) as caught:
        raise leaf("the reason")
    assert str(caught.value) == "the reason"
    if number is not None:
        assert isinstance(caught.value, OSError)
        assert (caught.value.errno, caught.value.strerror) == (number, "the reason")


# -- every kind that this version raises ------------------------------------------------------------------------------


@contextmanager
def writer(location: Path) -> Generator[None]:
    """Another process, which holds the write lock of a keep."""
    program = (
        "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.flock(f, fcntl.LOCK_EX); fcntl.lockf(f, fcntl.LOCK_EX);"
        "print('locked', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, f"{location}.lock"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield
        process.stdin.close()
        process.wait()


def test_error_of_an_argument_names_it(keep: otpkeep.Keep) -> None:
    with pytest.raises(otpkeep.InvalidArgument) as refused:
        keep.write_key("bot", secret=SECRET, digits=7)
    error = refused.value
    assert (error.kind, error.code, error.argument, error.reason) == ("invalid-argument", 1, "digits", "must be 6 or 8")
    assert str(error) == "digits: must be 6 or 8"


def test_closed_keep_says_so(keep: otpkeep.Keep) -> None:
    assert not keep.closed
    keep.close()
    keep.close()
    assert keep.closed
    assert not keep.forked
    calls: list[Callable[[], object]] = [
        lambda: keep.read_code("bot"),
        lambda: keep.validate_code("bot", "123456"),
        lambda: keep.validate_codes([]),
        lambda: keep.write_key("bot", secret=SECRET),
        lambda: keep.generate_key("bot"),
        lambda: keep.read_key("bot"),
        lambda: keep.list_keys(),
        lambda: keep.delete_key("bot"),
        lambda: keep.read_attempts("bot"),
        lambda: keep.reset_attempts("bot"),
        lambda: keep.with_mount("totp/"),
        lambda: keep.mount("x/"),
        lambda: keep.tune_mount("x/"),
        lambda: keep.unmount("x/"),
        lambda: keep.list_mounts(),
        lambda: keep.rotate(),
        lambda: keep.rewrap(),
        lambda: keep.add_slot(root_key=ROOT_KEY),
        lambda: keep.remove_slot(1),
        lambda: keep.backup("somewhere"),
        lambda: keep.status(),
        lambda: keep.write_policy("p", ""),
        lambda: keep.read_policy("p"),
        lambda: keep.list_policies(),
        lambda: keep.delete_policy("p"),
        lambda: keep.create_token(),
        lambda: keep.with_token("x"),
        lambda: keep.lookup_token(),
        lambda: keep.renew_token(),
        lambda: keep.revoke_token(),
        lambda: keep.list_tokens(),
        lambda: keep.capabilities("x"),
        lambda: keep.enable_audit("file", "/nowhere"),
        lambda: keep.disable_audit("file"),
        lambda: keep.list_audits(),
        lambda: keep.audit_hash("x"),
        lambda: keep.read("totp/keys/bot"),
        lambda: keep.write("totp/keys/bot"),
        lambda: keep.list("totp/keys"),
        lambda: keep.delete("totp/keys/bot"),
        lambda: keep.help("totp"),
        lambda: keep.__enter__(),
    ]
    for call in calls:
        with pytest.raises(otpkeep.Closed, match="^the keep is closed$"):
            call()


def test_keep_not_found(location: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        otpkeep.open(location, root_key=ROOT_KEY)
    assert type(missing.value) is otpkeep.KeepNotFound


def test_keep_exists(keep: otpkeep.Keep, location: Path) -> None:
    with pytest.raises(FileExistsError) as there:
        keep.backup(location)
    assert type(there.value) is otpkeep.KeepExists


def test_not_a_keep(location: Path) -> None:
    location.write_bytes(b"something else" * 1000)
    location.chmod(0o600)
    with pytest.raises(otpkeep.NotAKeep):
        otpkeep.open(location, root_key=ROOT_KEY)


def change(location: Path, statement: str) -> None:
    """Changes a keep that nobody has open, as no program should."""
    with closing(sqlite3.connect(location)) as database, database:
        database.execute(statement)


def test_newer_format(keep: otpkeep.Keep, location: Path) -> None:
    keep.close()
    change(location, "PRAGMA user_version = 1000")
    with pytest.raises(otpkeep.NewerFormat):
        otpkeep.open(location, root_key=ROOT_KEY)


def test_busy(keep: otpkeep.Keep, location: Path) -> None:
    with writer(location), otpkeep.open(location, root_key=ROOT_KEY, busy_timeout=0.05) as hurried:
        with pytest.raises(TimeoutError) as busy:
            hurried.write_key("bot", secret=SECRET)
        assert type(busy.value) is otpkeep.Busy
    keep.write_key("bot", secret=SECRET)


def test_error_of_a_commit_is_that_of_the_items_that_waited_for_it(bot: otpkeep.Keep, location: Path) -> None:
    code = bot.read_code("bot").value
    items = [("bot", code), ("absent", code), ("bot", "x")]
    with writer(location), otpkeep.open(location, root_key=ROOT_KEY, busy_timeout=0.05) as hurried:
        busy, missing, malformed = hurried.validate_codes(items)
    assert isinstance(busy, otpkeep.Failure)
    assert type(busy.error) is otpkeep.Busy
    assert isinstance(missing, otpkeep.Failure)
    assert type(missing.error) is otpkeep.KeyNotFound
    assert isinstance(malformed, otpkeep.Verdict)
    assert not any((busy, missing, malformed))
    assert bot.validate_code("bot", code)


def test_permissions_too_open(keep: otpkeep.Keep, location: Path, tmp_path: Path) -> None:
    keep.close()
    location.chmod(0o644)
    with pytest.raises(otpkeep.PermissionsTooOpen):
        otpkeep.open(location, root_key=ROOT_KEY)
    location.chmod(0o600)
    key_file = tmp_path / "root.key"
    key_file.write_bytes(ROOT_KEY)
    key_file.chmod(0o644)
    with otpkeep.open(location, key_file=key_file) as opened:
        assert any("chmod" in warning for warning in opened.status().warnings)
    with pytest.raises(otpkeep.PermissionsTooOpen):
        otpkeep.open(location, key_file=key_file, strict=True)
    key_file.chmod(0o622)
    with pytest.raises(otpkeep.PermissionsTooOpen):
        otpkeep.open(location, key_file=key_file)


def test_store_replaced(keep: otpkeep.Keep, location: Path) -> None:
    keep.write_key("bot", secret=SECRET)
    other = location.with_name("other.keep")
    otpkeep.open(other, root_key=ROOT_KEY, create=True).close()
    os.replace(other, location)
    with pytest.raises(otpkeep.StoreReplaced):
        keep.validate_code("bot", keep.read_code("bot", NOW).value, NOW)


def test_wrong_root_key(keep: otpkeep.Keep, location: Path) -> None:
    with pytest.raises(otpkeep.WrongRootKey):
        otpkeep.open(location, root_key=b"x" * 32)
    with pytest.raises(otpkeep.WrongRootKey):
        otpkeep.open(location, passphrase="not this")


def test_corrupt(keep: otpkeep.Keep, location: Path) -> None:
    keep.write_key("bot", secret=SECRET)
    keep.close()
    change(location, "DELETE FROM states")
    with otpkeep.open(location, root_key=ROOT_KEY) as damaged, pytest.raises(otpkeep.Corrupt):
        damaged.validate_code("bot", "123456")


def test_unknown_term(keep: otpkeep.Keep, location: Path) -> None:
    keep.write_key("bot", secret=SECRET)
    keep.close()
    # After two bytes, a sealed record says the number of its term in four.
    change(location, "UPDATE keys SET sealed = CAST(substr(sealed, 1, 2) || x'00000009' || substr(sealed, 7) AS BLOB)")
    with otpkeep.open(location, root_key=ROOT_KEY) as damaged, pytest.raises(otpkeep.UnknownTerm):
        damaged.read_code("bot")


def test_key_not_found(keep: otpkeep.Keep) -> None:
    with pytest.raises(KeyError) as missing:
        keep.read_code("bot")
    assert type(missing.value) is otpkeep.KeyNotFound
    assert str(missing.value) == "there is no key of this name"


def test_mount_not_found_and_mount_in_use(keep: otpkeep.Keep) -> None:
    with pytest.raises(otpkeep.MountNotFound):
        keep.with_mount("elsewhere/").list_keys()
    with pytest.raises(otpkeep.MountInUse):
        keep.mount("totp/inside/")


def test_io(keep: otpkeep.Keep, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="name too long") as failed:
        keep.backup(tmp_path / ("a" * 300))
    assert type(failed.value) is otpkeep.Io


def test_missing_key_file_is_an_argument(location: Path, tmp_path: Path) -> None:
    with pytest.raises(otpkeep.InvalidArgument, match="^key_file: "):
        otpkeep.open(location, key_file=tmp_path / "absent", create=True)


@pytest.mark.parametrize("given", [{}, {"root_key": ROOT_KEY, "passphrase": "both"}], ids=["none", "two"])
def test_one_root_key_is_given(location: Path, given: dict[str, str | bytes]) -> None:
    with pytest.raises(otpkeep.InvalidArgument) as refused:
        otpkeep.open(location, create=True, **given)  # type: ignore[arg-type]
    assert refused.value.argument == "root_key"


SECONDS = [-1, -0.001, 600.001, 601, float("nan"), float("inf"), float("-inf"), 1e300, 10**400, -(10**400), 2**32]


@pytest.mark.parametrize("seconds", SECONDS)
def test_busy_timeout_that_does_not_fit_is_refused(location: Path, seconds: float) -> None:
    with pytest.raises(otpkeep.InvalidArgument) as refused:
        otpkeep.open(location, root_key=ROOT_KEY, create=True, busy_timeout=seconds)
    assert refused.value.argument == "busy_timeout"
    assert not location.exists()


def test_numbers_that_do_not_fit_name_their_argument(keep: otpkeep.Keep, location: Path) -> None:
    calls: dict[str, Callable[[], object]] = {
        "free_attempts": lambda: keep.mount("x/", free_attempts=-1),
        "max_failures": lambda: keep.tune_mount("totp/", max_failures=2**40),
        "lock_seconds": lambda: otpkeep.open(location.with_name("new"), root_key=ROOT_KEY, create=True, lock_seconds=0),
        "slot": lambda: keep.remove_slot(-1),
        "passphrase_cost": lambda: keep.add_slot(passphrase="x", passphrase_cost=(2**40, 1)),
    }
    for argument, call in calls.items():
        with pytest.raises(otpkeep.InvalidArgument) as refused:
            call()
        assert refused.value.argument == argument


def test_text_that_is_no_unicode_names_its_argument_and_is_not_shown(keep: otpkeep.Keep, location: Path) -> None:
    bad = "hidden\ud800"
    calls: dict[str, Callable[[], object]] = {
        "name": lambda: keep.read_key(bad),
        "url": lambda: keep.write_key("bot", url=bad),
        "secret": lambda: keep.write_key("bot", secret=bad),
        "issuer": lambda: keep.generate_key("bot", issuer=bad),
        "after": lambda: keep.list_keys(bad),
        "mount": lambda: keep.with_mount(bad),
        "description": lambda: keep.mount("x/", description=bad),
        "passphrase": lambda: keep.add_slot(passphrase=bad, passphrase_cost=CHEAP),
        "location": lambda: otpkeep.open(bad, root_key=ROOT_KEY),
        "destination": lambda: keep.backup(bad),
        "key_file": lambda: keep.add_slot(key_file=bad),
        "text": lambda: keep.write_policy("p", bad),
        "token": lambda: keep.with_token(bad),
        "policies": lambda: keep.create_token(policies=[bad]),
        "display_name": lambda: keep.create_token(display_name=bad),
        "metadata": lambda: keep.create_token(metadata={"x": bad}),
        "value": lambda: keep.audit_hash(bad),
        "path": lambda: keep.read(bad),
        "data": lambda: keep.write("totp/keys/bot", {"key": bad}),
    }
    for argument, call in calls.items():
        with pytest.raises(otpkeep.InvalidArgument) as refused:
            call()
        assert refused.value.argument == argument
        assert "hidden" not in repr(refused.value) + repr(refused.value.__context__) + repr(refused.value.__cause__)
