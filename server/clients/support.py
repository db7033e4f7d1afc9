"""A server for each client, started as its users start it."""

import base64
import contextlib
import os
import socket
import subprocess
import time
import urllib.request

TOKEN = "dev-root-token"
URL = "otpauth://totp/Vault:test@gmail.com?secret=Y64VEVMBTSXCYIWRSHRNDZW62MPGVU2G&issuer=Vault"
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
USED = "code already used; wait until the next time period"
VERIFIER = 'path "totp/code/*" { capabilities = ["update"] }'


@contextlib.contextmanager
def server(command):
    """The address of a server that lives for as long as the context."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "OTPKEEP_DEV_ROOT_TOKEN_ID": TOKEN}
    arguments = [command, "server", "-dev", f"-listen=127.0.0.1:{port}"]
    process = subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            if line.startswith("Listening at "):
                break
        address = f"http://127.0.0.1:{port}"
        urllib.request.urlopen(f"{address}/v1/sys/health").read()
        yield address
    finally:
        process.terminate()
        out, log = process.communicate(timeout=30)
        assert process.returncode == 0, log
        for secret in (TOKEN, SECRET, "Y64VEVMBTSXC", "otpauth://"):
            assert secret not in log and secret not in out, f"the log holds {secret}"


def decode_barcode(barcode):
    """What an authenticator app reads from a barcode in base64."""
    image = base64.b64decode(barcode)
    arguments = ["zbarimg", "--quiet", "--raw", "--nodbus", "-"]
    return subprocess.run(arguments, input=image, capture_output=True, check=True).stdout.decode().strip()


def early_in_period():
    """Waits for a moment after which a code stays the same for long enough to be used."""
    left = 30 - time.time() % 30
    if left < 5:
        time.sleep(left)
