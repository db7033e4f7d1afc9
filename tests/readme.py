"""Runs what the README shows: its programs, one per language, twice each, and its commands over HTTP; each in an empty folder."""
import json
import os
import pathlib
import re
import subprocess
import tempfile

root = pathlib.Path(__file__).resolve().parents[1]
readme = (root / "README.md").read_text()


def program(language):
    found = re.findall(rf"```{language}\n(.*?)```", readme, re.DOTALL)
    assert len(found) == 1, f"{len(found)} programs in {language}"
    return found[0]


def run_twice(command, folder, environment, accepted, refused):
    for run, expected in ("first", [accepted, refused]), ("second", [refused]):
        done = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)
        assert done.stdout.splitlines()[-len(expected):] == expected, f"{run} run: {done.stdout}{done.stderr}"
    assert (folder / "auth.keep").stat().st_mode & 0o777 == 0o600


def run_c(folder):
    (folder / "app.c").write_text(program("c"))
    subprocess.run(["make", "--quiet", "install", f"PREFIX={folder}/usr"], cwd=root, check=True)
    environment = os.environ | {"PKG_CONFIG_PATH": f"{folder}/usr/lib/pkgconfig", "LD_LIBRARY_PATH": f"{folder}/usr/lib"}
    flags = "-std=c99 -Wall -Wextra -Wpedantic -Werror $(pkg-config --cflags --libs otpkeep) -o app"
    subprocess.run(f"cc app.c {flags}", shell=True, cwd=folder, env=environment, check=True)
    run_twice([folder / "app"], folder, environment, "let in", "the same code again: refused")


def run_python(folder):
    (folder / "app.py").write_text(program("python"))
    command = [root / ".venv/bin/python", "app.py"]
    run_twice(command, folder, os.environ, "let in", "the same code again: replayed")


def run_node(folder):
    (folder / "app.js").write_text(program("js"))
    (folder / "node_modules").mkdir()
    (folder / "node_modules/otpkeep").symlink_to(root / "node")
    run_twice(["node", "app.js"], folder, os.environ, "let in", "the same code again: replayed")


def run_http(folder):
    environment = os.environ | {"PATH": f"{root}/target/release:{os.environ['PATH']}"}
    script = program("sh") + "\nprintf '\\n'\nkill %1\nwait %1\n"
    done = subprocess.run(["bash", "-m", "-e", "-c", script], cwd=folder, env=environment, check=True, capture_output=True, text=True)
    enrolled, code = (json.loads(line)["data"] for line in done.stdout.splitlines() if line.startswith('{"'))
    assert enrolled["url"].startswith("otpauth://totp/Acme:alice%40acme.com?") and len(code["code"]) == 6


for run in run_c, run_python, run_node:
    with tempfile.TemporaryDirectory(prefix="otpkeep-readme-") as name:
        run(pathlib.Path(name))
    print(f"{run.__name__[4:]}: the README's program runs, and runs again")
with tempfile.TemporaryDirectory(prefix="otpkeep-readme-") as name:
    run_http(pathlib.Path(name))
print("HTTP: the README's commands run")
