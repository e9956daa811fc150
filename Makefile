# privd: `make help` lists what there is.

GO        ?= go
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
# HEIC photos are decoded by the same code everywhere, never by a library of the system.
export GOFLAGS := $(GOFLAGS) -tags=nodynamic
# A process under the race detector sleeps for a second at its end, unless it is told not to.
export GORACE := atexit_sleep_ms=20
LDFLAGS   := -s -w -X main.version=$(VERSION)
TOOL      := $(GO) tool -modfile=$(CURDIR)/tools/go.mod
DEVNET    ?=
# Packages whose code is generated or only runs against the whole network.
GENERATED := /oas$$|/binding/|/wire/pb$$

.PHONY: help build devnet demo check test test-x402 test-short soak bench generate format vet lint vuln contracts clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/privd and bin/privd-devnet
	$(GO) build -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

devnet: build ## start a whole network on this machine; Ctrl-C stops it (DEVNET=--nodes=3 adds flags)
	@exec bin/privd-devnet $(DEVNET)

demo: build ## play upload, listing, purchase, delivery and settlement once, and exit
	@exec bin/privd-devnet --demo --api 127.0.0.1:0 $(DEVNET)

check: format vet lint generated test-short ## what to run before each commit

# One client after the other tries what is documented: there is nothing to race, and
# under the detector it is a tenth of the whole. Suites that run processes of their own
# have the machine to themselves: their times are what they test.
test: contracts ## everything, under the race detector but for node/conformance; installs the chain tools it needs
	$(GO) vet ./...
	$(GO) test -timeout 30m ./node/conformance
	$(GO) test -race -timeout 30m $$($(GO) list ./... | grep -Ev '/node/(conformance|faults|sim)$$')
	$(GO) test -race -timeout 30m -p 1 ./node/faults ./node/sim

test-x402: contracts/node_modules ## let stock x402 clients from npm buy from a node; installs them first (0.8 GB)
	for v in v1 v2; do (cd cmd/privd/testdata/x402/$$v && npm ci --ignore-scripts --no-audit --no-fund --fetch-retries 5) || exit 1; done
	$(GO) test -tags nodynamic,stock -count 1 -timeout 10m -run 'TestStockClients' ./cmd/privd

test-short: ## what to run while editing
	$(GO) test -short ./...

soak: contracts/node_modules ## play random stories on whole nodes, for SOAK=1h (SEED=n begins there)
	$(GO) test -v -timeout 0 -run 'TestStories$$' ./node/sim -sim.for=$(or $(SOAK),1h) -sim.seed=$(or $(SEED),0) -sim.go-on

bench: build ## measure beside the yardsticks of the same run; ends within half an hour
	$(GO) build -ldflags '$(LDFLAGS)' -o bin/ ./cmd/privd-bench
	bin/privd-bench

generate: contracts/node_modules ## make all generated code again
	cd contracts && node build.mjs
	$(GO) generate ./...

generated: ## fail if generated code is not what `make generate` makes
	@scripts/generated

contracts: contracts/node_modules ## install the chain tools and test the contracts
	cd contracts && node build.mjs --check && node check.mjs \
		&& node_modules/.bin/forge test --gas-snapshot-check=true --gas-snapshot-emit=false

contracts/node_modules: contracts/package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or newer (https://nodejs.org)"; exit 1; }
	cd contracts && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

format: ## fail if gofmt would change something
	@out=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$out" ] || { echo "gofmt would change:"; echo "$$out"; exit 1; }

vet:
	$(GO) vet ./...
	$(GO) vet -tags nodynamic,faults ./node ./storage/...

lint: ## staticcheck
	$(TOOL) staticcheck $$($(GO) list ./... | grep -Ev '$(GENERATED)')

vuln: ## look dependencies up in the Go vulnerability database (needs the network)
	$(TOOL) govulncheck ./...

clean: ## remove what was built
	rm -rf bin contracts/out contracts/cache contracts/build
