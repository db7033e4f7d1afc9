"""What a user of OpenBao's command line does with the TOTP engine."""

import json
import os
import subprocess
import sys
import tempfile

import support


def run(address, bao):
    home = tempfile.TemporaryDirectory()

    def call(*arguments, token=support.TOKEN, code=0, text=None):
        environment = {"HOME": home.name, "BAO_ADDR": address, "VAULT_ADDR": address, "PATH": os.environ["PATH"]}
        environment |= {"BAO_TOKEN": token, "VAULT_TOKEN": token}
        done = subprocess.run([bao, *arguments], env=environment, input=text, capture_output=True, text=True, timeout=60)
        assert done.returncode == code, (arguments, done)
        return done.stdout + done.stderr

    def data(*arguments, **more):
        return json.loads(call(*arguments, "-format=json", **more))["data"]

    status = call("status")
    assert "Sealed" in status and "false" in status, status
    for place in ("totp", "team-a"):
        call("secrets", "enable", f"-path={place}", "totp")
        assert f"{place}/" in call("secrets", "list")
        call("write", f"{place}/keys/by-url", f"url={support.URL}")
        call("write", f"{place}/keys/by-fields", f"key={support.SECRET}", "digits=8", "period=1m")
        assert "test@gmail.com" in call("read", f"{place}/keys/by-url")
        assert call("list", f"{place}/keys").split() == ["Keys", "----", "by-fields", "by-url"]
    assert "No value found" in call("read", "totp/keys/none", code=2)

    arguments = ["-field=barcode", "totp/keys/alice", "generate=true", "issuer=Acme", "account_name=alice@acme.com"]
    barcode = support.decode_barcode(call("write", *arguments))
    assert barcode.startswith("otpauth://totp/Acme:alice%40acme.com?"), barcode.split("?")[0]
    support.early_in_period()
    code = call("read", "-field=code", "totp/code/alice").strip()
    assert "true" in call("write", "totp/code/alice", f"code={code}")
    assert support.USED in call("write", "totp/code/alice", f"code={code}", code=2)
    call("delete", "totp/keys/alice")
    assert "unknown key: alice" in call("read", "totp/code/alice", code=2)

    call("policy", "write", "verifier", "-", text=support.VERIFIER)
    assert support.VERIFIER in call("policy", "read", "verifier")
    assert "verifier" in call("policy", "list").split()
    token = call("token", "create", "-policy=verifier", "-ttl=1h", "-field=token").strip()
    assert "verifier" in call("token", "lookup", token=token)
    assert "false" in call("write", "totp/code/by-url", "code=000000", token=token)
    assert "permission denied" in call("read", "totp/code/by-url", token=token, code=2)
    assert call("token", "capabilities", "totp/code/x", token=token).strip() == "update"
    assert "verifier" in call("login", token, token="")
    call("token", "revoke", token)
    assert "permission denied" in call("token", "lookup", token=token, code=2)

    assert "TOTP" in call("path-help", "totp")
    assert "code" in call("path-help", "totp/code/alice")
    call("policy", "delete", "verifier")
    call("secrets", "disable", "team-a")
    assert "team-a/" not in call("secrets", "list")


with support.server(sys.argv[1]) as place:
    run(place, sys.argv[2])
