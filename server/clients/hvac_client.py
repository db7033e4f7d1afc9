"""What a user of hvac does with Vault's TOTP engine."""

import sys

import hvac
import support


def refused(kind, sentence, call):
    try:
        call()
    except kind as error:
        assert sentence in str(error), str(error)
    else:
        raise AssertionError(f"not refused: {sentence}")


def run(address):
    client = hvac.Client(url=address, token=support.TOKEN)
    assert client.is_authenticated()
    assert client.sys.read_health_status().status_code == 200
    assert client.sys.is_initialized() and not client.sys.is_sealed()

    for place in ("totp", "team-a"):
        client.sys.enable_secrets_engine("totp", path=place, description="codes")
    mounts = client.sys.list_mounted_secrets_engines()
    assert mounts["totp/"]["type"] == "totp" and mounts["data"]["team-a/"]["description"] == "codes"

    for place in ("totp", "team-a"):
        client.write_data(f"{place}/keys/by-url", data={"url": support.URL})
        client.write_data(f"{place}/keys/by-fields", data={"key": support.SECRET, "digits": "8", "period": "1m"})
        assert client.read(f"{place}/keys/by-url")["data"]["account_name"] == "test@gmail.com"
        assert client.read(f"{place}/keys/by-fields")["data"]["period"] == 60
        assert client.list(f"{place}/keys")["data"]["keys"] == ["by-fields", "by-url"]
        assert client.read(f"{place}/keys/none") is None

    fields = {"generate": True, "issuer": "Acme", "account_name": "alice@acme.com"}
    made = client.write_data("totp/keys/alice", data=fields)["data"]
    assert support.decode_barcode(made["barcode"]) == made["url"]

    support.early_in_period()
    code = client.read("totp/code/alice")["data"]["code"]
    assert client.write_data("totp/code/alice", data={"code": code})["data"] == {"valid": True}
    refused(hvac.exceptions.InvalidRequest, support.USED, lambda: client.write_data("totp/code/alice", data={"code": code}))
    client.delete("totp/keys/alice")
    refused(hvac.exceptions.InvalidRequest, "unknown key: alice", lambda: client.read("totp/code/alice"))

    client.sys.create_or_update_policy("verifier", support.VERIFIER)
    client.sys.create_or_update_acl_policy("verifier", support.VERIFIER)
    assert "verifier" in client.sys.list_policies()["data"]["policies"]
    assert "verifier" in client.sys.list_acl_policies()["data"]["keys"]
    assert client.sys.read_policy("verifier")["data"]["rules"] == support.VERIFIER
    assert client.sys.read_acl_policy("verifier")["data"]["policy"] == support.VERIFIER
    token = client.auth.token.create(policies=["verifier"], ttl="1h")["auth"]["client_token"]
    verifier = hvac.Client(url=address, token=token)
    own = verifier.auth.token.lookup_self()["data"]
    assert own["policies"] == ["default", "verifier"] and own["id"] == token
    assert verifier.write_data("totp/code/by-url", data={"code": "000000"})["data"]["valid"] is False
    refused(hvac.exceptions.Forbidden, "permission denied", lambda: verifier.read("totp/code/by-url"))
    assert verifier.sys.get_capabilities(["totp/code/x"])["totp/code/x"] == ["update"]
    client.auth.token.revoke(token)
    assert not verifier.is_authenticated()

    assert "TOTP" in client.adapter.get("/v1/totp?help=1")["help"]
    client.sys.delete_policy("verifier")
    client.sys.disable_secrets_engine("team-a")
    assert "team-a/" not in client.sys.list_mounted_secrets_engines()["data"]
    refused(hvac.exceptions.InvalidPath, "no handler for route", lambda: client.read("team-a/code/by-url") or client.write_data("team-a/code/by-url", data={"code": "1"}))


with support.server(sys.argv[1]) as place:
    run(place)
