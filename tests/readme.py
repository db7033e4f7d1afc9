"""Compiles and runs the C program of the README, with the flags that the README gives, in an empty folder."""
import os
import pathlib
import re
import subprocess
import tempfile

root = pathlib.Path(__file__).resolve().parents[1]
program = re.search(r"```c\n(.*?)```", (root / "README.md").read_text(), re.DOTALL).group(1)
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    (folder / "app.c").write_text(program)
    subprocess.run(["make", "--quiet", "install", f"PREFIX={folder}/usr"], cwd=root, check=True)
    environment = os.environ | {"PKG_CONFIG_PATH": f"{folder}/usr/lib/pkgconfig", "LD_LIBRARY_PATH": f"{folder}/usr/lib"}
    flags = "-std=c99 -Wall -Wextra -Wpedantic -Werror $(pkg-config --cflags --libs otpkeep) -o app"
    subprocess.run(f"cc app.c {flags}", shell=True, cwd=folder, env=environment, check=True)
    for run, expected in ("first", ["let in", "the same code again: refused"]), ("second", ["the same code again: refused"]):
        said = subprocess.run([folder / "app"], cwd=folder, env=environment, check=True, capture_output=True, text=True)
        lines = said.stdout.splitlines()
        assert lines[-len(expected):] == expected, f"{run} run: {said.stdout}{said.stderr}"
    assert (folder / "auth.keep").stat().st_mode & 0o777 == 0o600
print("the README's program compiles, runs and runs again")
