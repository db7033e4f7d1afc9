# The C library: built, installed and tested. Included by the Makefile of the root.

CARGO ?= cargo
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include

C_HEADER := include/otpkeep.h
C_OUT := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)/release
C_VERSION = $(shell sed -n 's/^\#define OTPKEEP_VERSION "\(.*\)"$$/\1/p' $(C_HEADER))
C_ABI = $(shell sed -n 's/^\#define OTPKEEP_ABI_VERSION //p' $(C_HEADER))

.PHONY: build-c install test-c

# The shared library, with the link that the dynamic linker looks for, and the static one, in which only the C interface
# is visible.
build-c:
	$(CARGO) build --release --locked -p otpkeep-c
	bindings/c/hide-symbols $(C_OUT)/libotpkeep.a include/otpkeep.symbols
	ln -sf libotpkeep.so $(C_OUT)/libotpkeep.so.$(C_ABI)

install:
	@test -f $(C_OUT)/libotpkeep.so || { echo "first: make build" >&2; exit 1; }
	install -d $(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(LIBDIR)/pkgconfig
	install -m 644 include/otpkeep.h include/otpkeep.hpp $(DESTDIR)$(INCLUDEDIR)
	install -m 755 $(C_OUT)/libotpkeep.so $(DESTDIR)$(LIBDIR)/libotpkeep.so.$(C_VERSION)
	ln -sf libotpkeep.so.$(C_VERSION) $(DESTDIR)$(LIBDIR)/libotpkeep.so.$(C_ABI)
	ln -sf libotpkeep.so.$(C_ABI) $(DESTDIR)$(LIBDIR)/libotpkeep.so
	install -m 644 $(C_OUT)/libotpkeep.a $(DESTDIR)$(LIBDIR)
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' \
	    -e 's|@VERSION@|$(C_VERSION)|' bindings/c/otpkeep.pc.in >$(DESTDIR)$(LIBDIR)/pkgconfig/otpkeep.pc

test-c: build-c
	tests/c/run
