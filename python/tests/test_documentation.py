"""What is said in docstrings and in the README is true."""

import doctest
import inspect
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import otpkeep
import pytest
from conftest import ROOT_KEY, SECRET

README = Path(__file__).parents[1] / "README.md"


def public() -> Iterator[tuple[str, Any]]:
    """Every function, class, method and property, with its name."""
    yield "otpkeep", otpkeep
    for name in [*otpkeep.__all__, "open"]:
        member: Any = getattr(otpkeep, name)
        yield name, member
        if inspect.isclass(member) and not issubclass(member, (otpkeep.Error, tuple, str)):
            yield from ((f"{name}.{part}", getattr(member, part)) for part in dir(member) if not part.startswith("_"))


DOCUMENTED = {name: value.__doc__ for name, value in public() if not isinstance(value, str)}
EXAMPLES = {name: text for name, text in DOCUMENTED.items() if text and ">>>" in text}
PROGRAMS = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)


def test_everything_is_documented() -> None:
    slots = type(otpkeep.Verdict.outcome)  # type: ignore[misc]
    # The fields of dataclasses are documented where they are declared.
    bare = [name for name, value in public() if not isinstance(value, (str, slots)) and not DOCUMENTED[name]]
    assert bare == []
    assert len(EXAMPLES) >= 10


def test_help_explains_every_field() -> None:
    for name, value in public():
        # Dataclasses, named tuples and typed dicts have annotations; an enumeration has members.
        fields = [*getattr(value, "__annotations__", {}), *getattr(value, "__members__", {})]
        if getattr(value, "__module__", None) == "otpkeep.values":
            assert fields, name
            assert [field for field in fields if f"`{field}`" not in (DOCUMENTED[name] or "")] == [], name


def test_star_leaves_the_built_in_open_alone() -> None:
    program = "from otpkeep import *; import builtins; assert open is builtins.open; assert restore and Keep"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_first_example_runs_twice(tmp_path: Path) -> None:
    lines = (otpkeep.__doc__ or "").split("\n\n    ", 1)[1].partition("\n\nEverything")[0]
    program = "import builtins; builtins.input = lambda _: '1'\n" + inspect.cleandoc("    " + lines)
    for _ in range(2):
        subprocess.run([sys.executable, "-W", "error", "-c", program], cwd=tmp_path, check=True, capture_output=True)


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_in_a_docstring_is_true(name: str, keep: otpkeep.Keep, tmp_path: Path) -> None:
    keep.write_key("alice", secret=SECRET)
    (tmp_path / "examples").mkdir()
    known: dict[str, Any] = {"otpkeep": otpkeep, "secrets": secrets, "keep": keep, "root_key": ROOT_KEY}
    known["folder"] = tmp_path / "examples"
    example = doctest.DocTestParser().get_doctest(EXAMPLES[name], known, name, None, None)
    result = doctest.DocTestRunner(verbose=False).run(example)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_program_of_the_readme_runs_twice(number: int, tmp_path: Path) -> None:
    for _ in range(2):
        command = [sys.executable, "-W", "error", "-c", PROGRAMS[number]]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "let in" in done.stdout
