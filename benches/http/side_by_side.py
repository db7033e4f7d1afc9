"""otpkeep's server beside OpenBao's, under the same load in one run: `make bench-http`, on a quiet machine.

Prints the table of docs/performance.md. Both servers are started as `server -dev`, with their keys made by HTTP, and are
loaded one after the other, in turns; each figure is the median of the turns.
"""

import contextlib
import http.client
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

TOKEN = "bench-root-token"
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
KEYS = 1000
CONNECTIONS = 64
SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))
TURNS = 3
STARTS = 5
HERE = pathlib.Path(__file__).parent


class Server:
    """A running server, with a log as it writes one by default."""

    def __init__(self, command, folder, more=()):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        listen = "-listen" if "otpkeep" in command else "-dev-listen-address"
        arguments = [command, "server", "-dev", f"{listen}=127.0.0.1:{self.port}", *more]
        environment = {**os.environ, "OTPKEEP_DEV_ROOT_TOKEN_ID": TOKEN, "BAO_DEV_ROOT_TOKEN_ID": TOKEN}
        environment |= {"HOME": str(folder), "TMPDIR": str(folder)}
        log = open(folder / "log", "ab")
        began = time.perf_counter()
        self.process = subprocess.Popen(arguments, env=environment, stdout=log, stderr=log)
        while not self._is_up():
            if self.process.poll() is not None:
                sys.exit(f"{command} ended at once; its log: {(folder / 'log').read_text()}")
        self.started_in = time.perf_counter() - began

    def _is_up(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/v1/sys/health")
            return connection.getresponse().status == 200
        return False

    def fill(self):
        """Makes the mount and its keys. Only otpkeep knows the option; there is nothing to turn off in the other."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)

        def write(path, fields):
            connection.request("POST", f"/v1/{path}", json.dumps(fields), {"X-Vault-Token": TOKEN})
            answer = connection.getresponse()
            text = answer.read()
            assert answer.status in (200, 204), (path, answer.status, text)

        write("sys/mounts/totp", {"type": "totp", "options": {"throttle": "off"}})
        for number in range(KEYS):
            write(f"totp/keys/k{number}", {"key": SECRET, "issuer": "Acme", "account_name": f"k{number}"})
        connection.close()

    def memory(self):
        """Resident megabytes."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024 / 1e6

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)


def load(server, script, first):
    """What wrk saw of one load. `first` begins the numbers that codes are made of."""
    environment = {**os.environ, "BENCH_TOKEN": TOKEN, "BENCH_KEYS": str(KEYS), "BENCH_FIRST": str(first)}
    environment["BENCH_SCRIPTS"] = str(HERE)
    address = f"http://127.0.0.1:{server.port}"
    arguments = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(HERE / script), address]
    out = subprocess.run(arguments, env=environment, check=True, capture_output=True, text=True).stdout
    told = json.loads(out.splitlines()[-1])
    assert told["refused"] == 0 and told["broken"] == 0, told
    return told


def fsync_median(folder):
    """Microseconds to overwrite a page and sync it."""
    with open(folder / "page", "wb", buffering=0) as page:
        page.write(bytes(4096))
        os.fsync(page.fileno())

        def once():
            began = time.perf_counter()
            os.pwrite(page.fileno(), os.urandom(4096), 0)
            os.fsync(page.fileno())
            return time.perf_counter() - began

        return statistics.median(once() for _ in range(300)) * 1e6


def measure(commands, folder):
    figures = {name: {} for name in commands}

    def note(name, figure, value):
        figures[name].setdefault(figure, []).append(value)

    for _ in range(STARTS):
        for name, command in commands.items():
            server = Server(command, folder)
            note(name, "start", server.started_in * 1000)
            server.stop()
    servers = {name: Server(command, folder) for name, command in commands.items()}
    try:
        for name, server in servers.items():
            server.fill()
            note(name, "rest", server.memory())
        for turn in range(TURNS):
            for what, script in (("read", "read_codes.lua"), ("validation", "validate_codes.lua")):
                for name, server in servers.items():
                    told = load(server, script, first=turn * 100_000_000)
                    note(name, f"{what}s", told["requests"] / told["microseconds"] * 1e6)
                    note(name, f"{what} p50", told["p50"] / 1000)
                    note(name, f"{what} p99", told["p99"] / 1000)
                    print(f"{name}, turn {turn + 1}, {what}s: {told}", file=sys.stderr)
        for name, server in servers.items():
            note(name, "loaded", server.memory())
    finally:
        for server in servers.values():
            server.stop()
    return {name: {figure: statistics.median(values) for figure, values in of.items()} for name, of in figures.items()}


def table(figures):
    ours, theirs = figures["otpkeep"], figures["bao"]
    rows = [
        ("codes read per second", "reads", "{:.0f}", lambda a, b: a / b >= 4, "4 times"),
        ("... p50, ms", "read p50", "{:.2f}", None, ""),
        ("... p99, ms", "read p99", "{:.2f}", None, ""),
        ("codes validated per second", "validations", "{:.0f}", lambda a, b: a / b >= 2, "2 times"),
        ("... p50, ms", "validation p50", "{:.2f}", None, ""),
        ("... p99, ms", "validation p99", "{:.2f}", None, ""),
        ("resident memory with its keys, MB", "rest", "{:.1f}", lambda a, b: a / b <= 1 / 3, "a third"),
        ("resident memory after the load, MB", "loaded", "{:.1f}", lambda a, b: a / b <= 1 / 3, "a third"),
        ("from start to first answer, ms", "start", "{:.0f}", lambda a, b: a <= 100, "100 ms"),
    ]
    yield "| | otpkeep | OpenBao | ratio | target | |"
    yield "|---|---|---|---|---|---|"
    for title, figure, form, met, target in rows:
        a, b = ours[figure], theirs[figure]
        verdict = "" if met is None else "met" if met(a, b) else "missed"
        yield f"| {title} | {form.format(a)} | {form.format(b)} | {a / b:.2f} | {target} | {verdict} |"


def main():
    otpkeep, bao, scratch = sys.argv[1:]
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        folder = pathlib.Path(folder)
        before = fsync_median(folder)
        figures = measure({"otpkeep": otpkeep, "bao": bao}, folder)
        after = fsync_median(folder)
    print(f"{KEYS} keys, {CONNECTIONS} connections, {SECONDS} s a turn, medians of {TURNS} turns")
    print(f"overwriting a page and syncing it: {before:.0f} us before, {after:.0f} us after\n")
    print("\n".join(table(figures)))


if __name__ == "__main__":
    main()
