# The otpkeep command: built and installed with the C library. Included by the Makefile of the root, after c.mk.

CARGO ?= cargo
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
BASH_COMPLETIONS ?= $(PREFIX)/share/bash-completion/completions
ZSH_COMPLETIONS ?= $(PREFIX)/share/zsh/site-functions
FISH_COMPLETIONS ?= $(PREFIX)/share/fish/vendor_completions.d

CLI := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)/release/otpkeep

.PHONY: build-cli install-cli test-cli

install: install-cli

build-cli:
	$(CARGO) build --release --locked -p otpkeep-cli

# The completions are what the command itself prints, so that they cannot be of another version.
install-cli:
	@test -x $(CLI) || { echo "first: make build" >&2; exit 1; }
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(BASH_COMPLETIONS) $(DESTDIR)$(ZSH_COMPLETIONS) $(DESTDIR)$(FISH_COMPLETIONS)
	install -m 755 $(CLI) $(DESTDIR)$(BINDIR)/otpkeep
	$(CLI) completions bash >$(DESTDIR)$(BASH_COMPLETIONS)/otpkeep
	$(CLI) completions zsh >$(DESTDIR)$(ZSH_COMPLETIONS)/_otpkeep
	$(CLI) completions fish >$(DESTDIR)$(FISH_COMPLETIONS)/otpkeep.fish

test-cli:
	$(CARGO) test --locked -p otpkeep-cli
