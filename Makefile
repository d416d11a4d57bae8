# The commands of a working day. `make` alone lists them.

CARGO ?= cargo
# Words for the demo, such as DEMO_ARGS="--for 60s".
DEMO_ARGS ?=
# Where the generated documentation goes; CI writes it elsewhere and compares.
REFERENCE ?= docs/reference

DENY_VERSION := 0.20.2
DENY_ROOT := .tools/cargo-deny-$(DENY_VERSION)
DENY := $(DENY_ROOT)/bin/cargo-deny

.DEFAULT_GOAL := help
.PHONY: help demo test check fmt clippy doc deny bench reference

help: ## Lists these commands.
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: ## Everything in one process, with simulated Okta traffic and attacks among it.
	$(CARGO) run --release --locked -- demo $(DEMO_ARGS)

test: ## All tests.
	$(CARGO) test --workspace --locked --no-fail-fast

check: fmt clippy doc deny ## Format, lints, documentation, licences.

fmt:
	$(CARGO) fmt --all --check

clippy:
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --document-private-items --locked

# Advisories are left out: their list is a git repository that not every build machine reaches.
deny: $(DENY)
	$(DENY) --workspace --locked check bans licenses sources

$(DENY):
	$(CARGO) install cargo-deny --locked --version $(DENY_VERSION) --no-default-features \
		--root $(DENY_ROOT)

bench: ## All figures in one run, release build.
	$(CARGO) bench --locked

reference: ## Writes the generated documentation anew.
	mkdir -p $(REFERENCE)
	$(CARGO) run --locked -- reference $(REFERENCE)
