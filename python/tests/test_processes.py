"""Forks: the child opens anew, the parent does not notice. Also what only another user meets."""

import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import otpkeep
import pytest
from conftest import NOW, ROOT_KEY, code_at

NOBODY = 65534


def in_child(work: Callable[[], None]) -> None:
    """Runs `work` in a forked child, which must succeed."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_child_of_a_fork_opens_the_keep_anew(bot: otpkeep.Keep, location: Path) -> None:
    first, second = code_at(bot, NOW), code_at(bot, NOW + 30)
    assert bot.validate_code("bot", first, NOW)

    def child() -> None:
        assert bot.forked
        assert not bot.closed
        calls: list[Callable[[], object]] = [
            lambda: bot.read_code("bot"),
            lambda: bot.validate_code("bot", "123456"),
            lambda: bot.validate_codes([("bot", "123456")]),
            lambda: bot.list_keys(),
            lambda: bot.delete_key("bot"),
            lambda: bot.rotate(),
            lambda: bot.status(),
            lambda: bot.backup(location.with_name("backup")),
        ]
        for call in calls:
            with pytest.raises(otpkeep.Forked):
                call()
        bot.close()
        with pytest.raises(otpkeep.Closed):
            bot.read_code("bot")
        with otpkeep.open(location, root_key=ROOT_KEY, manual_clock=True) as anew:
            assert not anew.forked
            assert anew.validate_code("bot", first, NOW).outcome == "replayed"
            assert anew.validate_code("bot", second, NOW + 30)

    in_child(child)
    assert not bot.forked
    assert bot.validate_code("bot", second, NOW + 30).outcome == "replayed"
    assert bot.validate_code("bot", code_at(bot, NOW + 60), NOW + 60)
    bot.close()
    with otpkeep.open(location, root_key=ROOT_KEY, manual_clock=True) as again:
        assert again.validate_code("bot", code_at(again, NOW + 60), NOW + 60).outcome == "replayed"


def test_child_that_forgets_its_keep_does_no_harm(bot: otpkeep.Keep, location: Path) -> None:
    """Ending a process normally closes nothing of the parent's."""
    program = """
import os, sys, otpkeep
keep = otpkeep.open(sys.argv[1], root_key=bytes(range(32)), manual_clock=True)
child = os.fork()
if child == 0:
    sys.exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert keep.validate_code("bot", keep.read_code("bot", 3000).value, 3000)
"""
    subprocess.run([sys.executable, "-c", program, location], check=True)
    assert bot.validate_code("bot", code_at(bot, 3000), 3000).outcome == "replayed"


def test_fork_amid_calls_of_other_threads_blocks_nobody(bot: otpkeep.Keep, location: Path) -> None:
    program = """
import os, sys, threading, otpkeep
options = dict(root_key=bytes(range(32)), manual_clock=True)
keep, ended = otpkeep.open(sys.argv[1], **options), False
def work():
    while not ended:
        keep.read_code("bot")
        keep.validate_code("bot", "x")
        keep.with_mount("totp/").close()
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for number in range(100):
    child = os.fork()
    if child == 0:
        try:
            keep.read_code("bot")
        except otpkeep.Forked:
            keep.close()
            at = 30 * (number + 1)
            with otpkeep.open(sys.argv[1], **options) as anew:
                os._exit(0 if anew.validate_code("bot", anew.read_code("bot", at).value, at) else 2)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, number
ended = True
for thread in threads:
    thread.join()
"""
    # Newer versions of Python warn of exactly this.
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program, str(location)]
    subprocess.run(command, check=True, timeout=120)


def test_fork_while_a_barcode_is_saved_blocks_nobody(location: Path) -> None:
    program = """
import os, signal, sys, threading, otpkeep
keep = otpkeep.open(sys.argv[1], root_key=bytes(range(32)), create=True)
long = {"issuer": "A" * 200, "account_name": "b" * 200, "key_size": 64, "barcode_size": 0}
made = [keep.generate_key("alice", overwrite=True, **long) for _ in range(200)]
saved = 0
def save():
    global saved
    for enrollment in made:
        enrollment.save(sys.argv[1] + ".svg")
        saved += 1
thread = threading.Thread(target=save)
thread.start()
while thread.is_alive():
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        made[min(saved, len(made) - 1)].svg()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, saved
"""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program, str(location)]
    subprocess.run(command, check=True, timeout=120)


def test_folder_that_cannot_be_written_is_told() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o555)

        def child() -> None:
            if os.getuid() == 0:
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            with pytest.raises(OSError, match="denied") as refused:
                otpkeep.open(Path(folder) / "auth.keep", root_key=ROOT_KEY, create=True)
            assert type(refused.value) is otpkeep.ReadOnly

        in_child(child)
