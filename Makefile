# make build   everything: the C library and the command (target/release), the Python package (into .venv), and the
#              Node.js package (node/, for require('./node'))
# make demo    the main job in C, Python and Node.js, on one keep
# make test    everything that proves it; installs missing test tools where it may
# make torture the long form of the tests that attack a keep: hours, and figures for docs/reliability.md
# make bench   the figures of docs/performance.md
# make install PREFIX=/usr/local

.DEFAULT_GOAL := build

include bindings/c/c.mk
include bindings/python/python.mk
include bindings/node/node.mk
include cli/cli.mk
include server/server.mk

DEMO := target/demo

.PHONY: build demo test torture bench clean

build: build-c build-cli build-python build-node

demo: build
	rm -rf $(DEMO) && mkdir -p $(DEMO)
	$(CC) -std=c99 -O2 -Wall -Wextra -Werror -Iinclude examples/demo.c -L$(C_OUT) -lotpkeep -Wl,-rpath,$(abspath $(C_OUT)) -o $(DEMO)/demo
	$(DEMO)/demo $(DEMO)
	.venv/bin/python examples/demo.py $(DEMO)
	node examples/demo.mjs $(DEMO)

test:
	tests/run

torture: build
	tests/torture/run

bench: build
	benches/run

clean:
	cargo clean
	rm -rf .venv node/otpkeep.node
