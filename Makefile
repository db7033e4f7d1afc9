# make build   the C library: target/release/libotpkeep.so and .a
# make demo    the main job, from C
# make test    everything that proves it; installs missing test tools where it may
# make bench   the figures of docs/performance.md
# make install PREFIX=/usr/local

.DEFAULT_GOAL := build

include bindings/c/c.mk
include bindings/python/python.mk

DEMO := target/demo

.PHONY: demo test bench clean

demo: build
	rm -rf $(DEMO) && mkdir -p $(DEMO)
	$(CC) -std=c99 -O2 -Wall -Wextra -Werror -Iinclude examples/demo.c -Ltarget/release -lotpkeep -Wl,-rpath,$(CURDIR)/target/release -o $(DEMO)/demo
	$(DEMO)/demo $(DEMO)

test:
	tests/run

bench: build
	benches/run

clean:
	cargo clean
	rm -rf .venv
