# The HTTP API: part of the otpkeep command. Included by the Makefile of the root, after cli.mk.

.PHONY: test-server test-clients test-compat test-openapi bench-http

test-server:
	$(CARGO) test --locked -p otpkeep-server

# Vault's own clients against a server of each: hvac, node-vault, and OpenBao's command line.
test-clients: build-cli
	@test -x .venv/bin/python || python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r server/clients/requirements.txt
	npm --prefix server/clients ci --silent --no-audit --no-fund
	.venv/bin/python server/clients/hvac_client.py $(abspath $(CLI))
	.venv/bin/python server/clients/node_vault_client.py $(abspath $(CLI))
	.venv/bin/python server/clients/bao_client.py $(abspath $(CLI)) .venv/bin/bao

# What schemathesis makes of the description that the server gives of itself.
test-openapi: build-cli
	@test -x .venv/bin/python || python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r server/clients/requirements.txt
	.venv/bin/python server/compat/openapi.py $(abspath $(CLI)) $(abspath .venv/bin/schemathesis)

# The same requests to OpenBao's own server and to this one, and every difference explained.
test-compat: build-cli
	@test -x .venv/bin/python || python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r server/clients/requirements.txt
	.venv/bin/python server/compat/side_by_side.py $(abspath $(CLI)) $(abspath .venv/bin/bao)

# The figures of docs/performance.md, "Over HTTP": this server beside OpenBao's. For a quiet machine.
bench-http: build-cli
	@command -v wrk >/dev/null || { echo "Install wrk: sudo apt-get install wrk" >&2; exit 1; }
	@test -x .venv/bin/python || python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r server/clients/requirements.txt
	@mkdir -p target
	.venv/bin/python benches/http/side_by_side.py $(abspath $(CLI)) .venv/bin/bao target
