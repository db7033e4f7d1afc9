"""The C programs of this folder, built with a library and run."""

import concurrent.futures
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "c"
INCLUDE = ROOT / "include"
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).absolute()
SECRET = "Y64VEVMBTSXCYIWRSHRNDZW62MPGVU2G"

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
C99 = ["gcc", "-x", "c", "-std=c99", "-D_POSIX_C_SOURCE=200809L"]
CXX11 = ["g++", "-x", "c++", "-std=c++11"]
LANGUAGES = {"c99": C99, "c++11": CXX11}
PROGRAMS = ["job", "operations", "access", "null", "null_access", "text", "threads", "fork"]
VARIANTS = [(name, language) for name in PROGRAMS for language in LANGUAGES] + [("wrapper", "c++11")]


class Failed(Exception):
    """A check failed; the text says how."""


def expect(condition, text):
    if not condition:
        raise Failed(text)


def run(command, **options):
    """Runs a command that must succeed, and returns what it printed."""
    command = [str(part) for part in command]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", cwd=ROOT, **options)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def header_text():
    return (INCLUDE / "otpkeep.h").read_text()


def abi_version():
    return re.search(r"#define OTPKEEP_ABI_VERSION (\d+)", header_text()).group(1)


def link_by_soname(library):
    """Makes the link beside a shared library by which programs look for it."""
    link = library.with_name(f"{library.name}.{abi_version()}")
    link.unlink(missing_ok=True)
    link.symlink_to(library.name)


def private_libraries():
    return re.search(r"Libs.private: (.*)", (ROOT / "bindings/c/otpkeep.pc.in").read_text()).group(1).split()


def build(language, name, program, library, before=(), after=(), flags=()):
    """Compiles tests/c/NAME and links it."""
    compiler = LANGUAGES[language]
    source = HERE / (f"{name}.cpp" if name == "wrapper" else f"{name}.c")
    object_file = program.with_suffix(".o")
    run([*compiler, *WARNINGS, *flags, "-g", "-pthread", "-I", INCLUDE, "-c", source, "-o", object_file])
    if library.suffix == ".a":
        link = [*before, library, *after, *private_libraries()]
    else:
        link = [*before, library, f"-Wl,-rpath,{library.parent}", *after, "-pthread"]
    run([compiler[0], *flags, object_file, *link, "-o", program])


def run_program(program, folder, arguments=(), valgrind=False, environment=None):
    """Runs a program in a new folder and returns what it printed."""
    folder.mkdir()
    command = [program, folder, *arguments]
    logs = folder.with_name(folder.name + ".valgrind")
    if valgrind:
        logs.mkdir()
        options = ["--quiet", "--error-exitcode=99", "--leak-check=full", f"--log-file={logs}/%p"]
        command = ["valgrind", *options, *command]
    printed = run(command, env={**os.environ, **(environment or {})}, timeout=300)
    if valgrind:
        # Not the exit status alone: a forked child, too, must be without an error.
        complaints = "".join(log.read_text() for log in sorted(logs.iterdir()))
        expect(any(logs.iterdir()), "valgrind wrote no log")
        expect(not complaints, f"{program} under valgrind:\n{complaints}")
    return printed


def oathtool(secret, at, *options):
    return run(["oathtool", "--totp", *options, "-b", "--now", f"@{at}", secret]).strip()


def job_arguments():
    times = [0, 59, 1111111109, 1700000000, 2000000000, 20000000000]
    times.insert(0, 1800000000)
    return [word for at in times for word in (str(at), oathtool(SECRET, at))]


def compare_generated(printed):
    """The URL that was generated, as another program reads it."""
    url, code = printed.split()
    secret = re.search(r"[?&]secret=([A-Z2-7]+)(&|$)", url).group(1)
    for part in ("issuer=A%26B%20%2F%20%C3%A9", "algorithm=SHA256", "digits=8", "period=60"):
        expect(part in url, f"no {part} in the generated URL")
    at = job_arguments()[0]
    theirs = run(["oathtool", "--totp=sha256", "--digits=8", "--time-step-size=60s", "-b", "--now", f"@{at}", secret])
    expect(theirs.strip() == code, "oathtool computes another code for a generated key")


def run_all(folder, libraries, flags=(), valgrind=(False,)):
    """Builds every program as C99 and as C++11, and that of the C++ header, with each of the libraries; runs each
    without or with valgrind, or both."""
    jobs = [(*variant, kind) for variant in VARIANTS for kind in libraries]

    def one(job):
        name, language, kind = job
        program = folder / f"{name}-{language}-{kind}"
        try:
            build(language, name, program, libraries[kind], flags=flags)
            arguments = job_arguments() if name == "job" else []
            for under_valgrind in valgrind:
                work = folder / f"work-{program.name}{'-valgrind' if under_valgrind else ''}"
                printed = run_program(program, work, arguments, under_valgrind)
                if name == "job":
                    compare_generated(printed)
        except Failed as failure:
            return f"{name} ({language}, {kind}): {failure}"
        return None

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        failures = [failure for failure in pool.map(one, jobs) if failure]
    expect(not failures, "\n".join(failures))
    return len(jobs)
