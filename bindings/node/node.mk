# The Node.js package: its addon built, and tested. Included by the Makefile of the root.

NODE_OUT := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)/release
NODE_ADDON := $(NODE_OUT)/libotpkeep_node.$(if $(filter Darwin,$(shell uname -s)),dylib,so)

.PHONY: build-node test-node

# `install` makes a new file: a process that has loaded the old one keeps it.
build-node:
	$(CARGO) build --release --locked -p otpkeep-node
	install -m 755 $(NODE_ADDON) node/otpkeep.node
	install -m 644 LICENSE-APACHE LICENSE-MIT node

test-node: build-node
	cd node && npm ci --no-audit --no-fund --loglevel=error && npm test --silent
