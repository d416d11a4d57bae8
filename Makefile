# The commands of a working day. `make` alone lists them.

CARGO ?= cargo
# Words for the demo, such as DEMO_ARGS="--for 60s".
DEMO_ARGS ?=
# Figures on a real cluster too; words for cargo bench, such as BENCH_ARGS="-- kafka".
KAFKA ?=
BENCH_ARGS ?=
# Brokers with the heap and the collector that Kafka's own scripts give them. The serial one stops a broker
# for a tenth of a second.
BENCH_JVM := -Xms1g -Xmx1g -XX:TieredStopAtLevel=4 -XX:-UseSerialGC -XX:+UseG1GC -XX:MaxGCPauseMillis=20 \
	-XX:InitiatingHeapOccupancyPercent=35
# Where the generated documentation goes; CI writes it elsewhere and compares.
REFERENCE ?= docs/reference

# The development cluster: brokers (1 or 3), where it lives, more of `cluster start`'s words.
KAFKA_BROKERS ?= 1
KAFKA_DIR ?= .tools/dev-kafka
KAFKA_ARGS ?=

DENY_VERSION := 0.20.2
DENY_ROOT := .tools/cargo-deny-$(DENY_VERSION)
DENY := $(DENY_ROOT)/bin/cargo-deny

.DEFAULT_GOAL := help
.PHONY: help native ui ui-test demo test check fmt clippy doc deny bench reference kafka kafka-stop

help: ## Lists these commands.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# librdkafka and OpenSSL are built from their sources, which want a C++ compiler and perl's modules.
native:
	@perl -MIPC::Cmd -MFindBin -e 1 2> /dev/null && command -v c++ > /dev/null || { \
		echo "installing g++ and perl, which Kafka's client is built with"; \
		run=$$([ "$$(id -u)" = 0 ] || echo sudo); \
		$$run apt-get update -q && $$run apt-get install -qy g++ perl; }

# The web pages are built when one of their files is newer. Without npm, and where none can be installed,
# the binary serves a plain page instead.
UI := sink/ui
UI_SOURCES := $(shell find $(UI)/src $(UI)/public -type f -not -name schema.ts 2> /dev/null) \
	$(addprefix $(UI)/,index.html package.json vite.config.ts tsconfig.json) docs/reference/openapi.json

ui: ## The web pages, which the binary then has in it.
	@command -v npm > /dev/null || { \
		echo "installing nodejs and npm, which the web pages are built with"; \
		run=$$([ "$$(id -u)" = 0 ] || echo sudo); \
		{ $$run apt-get update -q && $$run apt-get install -qy nodejs npm; } || true; }
	@if command -v npm > /dev/null; then $(MAKE) --no-print-directory $(UI)/dist/index.html; \
		else echo "there is no npm: the binary will have a plain page instead of the web pages"; fi

$(UI)/node_modules/.package-lock.json: $(UI)/package-lock.json
	cd $(UI) && npm ci --no-audit --no-fund
	@touch $@

$(UI)/dist/index.html: $(UI)/node_modules/.package-lock.json $(UI_SOURCES)
	cd $(UI) && npm run --silent build
	@touch $@

demo: native ui ## Everything in one process, with simulated Okta traffic and attacks among it.
	$(CARGO) run --release --locked -- demo $(DEMO_ARGS)

CHROMIUM ?= /usr/bin/chromium

ui-test: native ui ## The web pages in a browser, on the real binary and a simulated org.
	@command -v $(CHROMIUM) > /dev/null || { \
		echo "installing chromium, which the web pages are tried in"; \
		run=$$([ "$$(id -u)" = 0 ] || echo sudo); \
		$$run apt-get update -q && $$run apt-get install -qy chromium; }
	$(CARGO) build --locked --workspace --bins
	cd $(UI) && CHROMIUM=$(CHROMIUM) npm run --silent test

test: native ui ## All tests but those in a browser.
	$(CARGO) test --workspace --locked --no-fail-fast

check: fmt clippy doc deny ## Format, lints, documentation, licences.

fmt:
	$(CARGO) fmt --all --check

clippy: native
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) clippy --workspace --all-targets --features nightlatch/samples,nightlatch/seeded-bugs --locked -- -D warnings

doc: native
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --document-private-items --locked

# Advisories are left out: their list is a git repository that not every build machine reaches.
deny: $(DENY)
	$(DENY) --workspace --locked check bans licenses sources

$(DENY):
	$(CARGO) install cargo-deny --locked --version $(DENY_VERSION) --no-default-features \
		--root $(DENY_ROOT)

bench: native ## All figures in one run, release build; KAFKA=1 adds those on three brokers.
	$(CARGO) bench --locked --no-run -p nightlatch -p nightlatch-bench $(BENCH_ARGS)
	@$(if $(KAFKA),trap 'deploy/kafka/cluster clean --folder .tools/bench-kafka' EXIT; \
	trap 'exit 1' INT TERM; KAFKA_OPTS="$(BENCH_JVM)" \
		deploy/kafka/cluster start --folder .tools/bench-kafka --brokers 3 && \
	NIGHTLATCH_BENCH_KAFKA=$$(cat .tools/bench-kafka/brokers)) \
	$(CARGO) bench --locked -p nightlatch-bench -p nightlatch $(BENCH_ARGS)

reference: native ## Writes the generated documentation anew.
	mkdir -p $(REFERENCE)
	$(CARGO) run --locked -- reference $(REFERENCE)

kafka: ## A real Kafka cluster of one broker for development; KAFKA_BROKERS=3 for three, KAFKA_ARGS=--secure for TLS.
	@deploy/kafka/cluster start --folder $(KAFKA_DIR) --brokers $(KAFKA_BROKERS) $(KAFKA_ARGS)
	@echo "Use it:  NIGHTLATCH_KAFKA__BROKERS=$$(cat $(KAFKA_DIR)/brokers) \\"
	@echo "         NIGHTLATCH_KAFKA__REPLICATION=$(KAFKA_BROKERS) nightlatch topics create"
	@echo "Stop it: make kafka-stop (keeps the data), deploy/kafka/cluster clean --folder $(KAFKA_DIR) (deletes it)"

kafka-stop: ## Stops that cluster and keeps its data.
	@deploy/kafka/cluster stop --folder $(KAFKA_DIR)
