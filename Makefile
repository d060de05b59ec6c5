# The only door for commands. `make ci` is what .ci/run runs.
GO        ?= go
LINT      := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME  ?= 30s
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
export CGO_ENABLED = 0

.PHONY: help run build test race lint fuzz bench bench-smoke bench-peers interop ci tools clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

run: build ## a throw-away server on loopback, with people ready to log in; Ctrl-C ends it
	@./causeway try

build: ## the one static binary: ./causeway
	$(GO) build -trimpath -ldflags '-s -w -X causeway/cmd/daemon.release=$(VERSION)' -o causeway ./cmd/causeway

test: ## all tests
	$(GO) test ./...

race: ## all tests with the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -shuffle=on -p 2 $$($(GO) list ./... | grep -v /conformance)
	CGO_ENABLED=1 $(GO) test -race -shuffle=on -p 1 ./conformance/...

lint: ## format, vet, import rings, shape
	@test -z "$$(gofmt -l bridge cmd conformance muc roster store xmpp | tee /dev/stderr)"
	$(GO) run $(LINT) run --allow-parallel-runners ./...

fuzz: ## every fuzz target for FUZZTIME
	FUZZTIME=$(FUZZTIME) .ci/fuzz

interop: ## real clients against the built binary
	$(GO) test -tags interop -count=1 -v -timeout 15m ./conformance/interop/ ./conformance/portable/ ./conformance/judge/

bench: ## the figures of the server in a process of its own, with the raw relay beside them
	$(GO) test -tags bench -count=1 -v -timeout 30m ./conformance/bench/

bench-smoke: ## counts that no machine changes: allocations, system calls, idle memory
	$(GO) test -count=1 -run Allocate ./xmpp/router/ ./xmpp/stanza/ ./xmpp/stream/ ./xmpp/c2s/
	$(GO) test -tags bench -count=1 -v -run Smoke ./conformance/bench/

bench-peers: ## Causeway beside Prosody, ejabberd and a raw relay: doc/performance.md (PARTS=peers,curves,day, ROUNDS=5, SCALE=small to try)
	.ci/tools
	$(GO) test -tags bench -count=1 -v -timeout 24h -run TestPeers ./conformance/bench/peers/

tools: ## what the tests need beyond Go, on Debian
	.ci/tools

ci: FUZZTIME = 2s
ci: tools lint race interop bench-smoke fuzz ## what must pass before anything lands

clean: ## remove what build has made
	rm -f causeway
