"""The two servers that are compared, each started as its users start it, and what is sent to them."""

import contextlib
import http.client
import os
import socket
import subprocess
import tempfile
import time

TOKEN = "dev-root-token"
SECONDS = 30


class Server:
    """A server at a port of this machine, and what was saved from its answers."""

    def __init__(self, port):
        self.port = port
        self.saved = {"root": TOKEN}

    def send(self, method, target, headers, body):
        """The status, the headers in lower case, and the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        with contextlib.closing(connection):
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()

    def is_ready(self):
        try:
            return self.send("GET", "/v1/sys/health", {}, None)[0] == 200
        except OSError:
            return False


@contextlib.contextmanager
def serving(command, environment):
    """A server that runs for as long as the context. `{port}` in the command stands for the port it shall take."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [word.format(port=port) for word in command]
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "TMPDIR": folder, **environment}
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            server, deadline = Server(port), time.monotonic() + SECONDS
            while not server.is_ready():
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise SystemExit(f"{command[0]} does not answer: {log.read().decode(errors='replace')[-2000:]}")
                time.sleep(0.05)
            yield server
        finally:
            process.terminate()
            process.wait(SECONDS)


def otpkeep(command):
    return serving([command, "server", "-dev", "-listen=127.0.0.1:{port}"], {"OTPKEEP_DEV_ROOT_TOKEN_ID": TOKEN})


def openbao(command):
    options = ["-dev", f"-dev-root-token-id={TOKEN}", "-dev-no-store-token", "-dev-listen-address=127.0.0.1:{port}"]
    return serving([command, "server", *options], {"BAO_DISABLE_MLOCK": "true"})
