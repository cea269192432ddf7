# Needs Go, Git and make. Everything else is fetched with pinned versions, or installed
# by .ci/need where that may install something.

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
ACTIONLINT  := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

GO       ?= go
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null)
PACKAGES ?= ./...
# The longest that the tests of one package may take.
TIMEOUT  ?= 15m
# Which benchmarks run, and for how long: a time, or a number of rounds such as 1x.
BENCH     ?= .
BENCHTIME ?= 1s

.PHONY: help build demo test bench lint fmt fmt-check vet staticcheck actionlint vulncheck clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build ./promoctl, a static program
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.revision=$(VERSION)' -o promoctl ./cmd/promoctl

demo: ## See the whole story: release, stop a slipped decimal, survive a kill, roll back
	$(GO) run ./cmd/promoctl demo

# The race detector is linked with a C compiler, and what the documentation says to a
# sqlite3 shell is tried in one. In CI there have to be both. The detector watches all
# code but SQLite, which is C turned into Go and keeps its own locks: with it the tests of
# sqlstore take three times as long (71 s instead of 24 s).
test: ## Run all tests with the race detector; PACKAGES=./spec/... runs some
	@.ci/need "$$($(GO) env CC)" gcc libc6-dev || [ -z "$$CI" ]
	@.ci/need sqlite3 sqlite3 || [ -z "$$CI" ]
	@race=; if [ "$$($(GO) env CGO_ENABLED)" = 1 ]; then race="-race -gcflags=modernc.org/...=-race=false"; \
	elif [ -n "$$CI" ]; then echo "error: CGO_ENABLED=0, so there is no race detector" >&2; exit 1; \
	else echo "warning: races are NOT CHECKED: there is no C compiler" >&2; fi; \
	set -x; $(GO) test $$race -timeout $(TIMEOUT) $(PACKAGES)

# One package after the other: two at once would measure each other.
bench: ## Run the benchmarks, as ratios to another program in the same run
	@.ci/need sqlite3 sqlite3 || echo "warning: there is NO COMPARISON with the sqlite3 shell" >&2
	PROMOCTL_BENCH=1 $(GO) test -run '^$$' -bench '$(BENCH)' -benchtime $(BENCHTIME) -timeout 60m -p 1 $(PACKAGES)

lint: fmt-check vet staticcheck actionlint vulncheck ## Check form, suspicious code, workflows and known vulnerabilities

fmt: ## Format all Go files
	gofmt -w $$(git ls-files -co --exclude-standard '*.go')

fmt-check:
	@files=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
	if [ -n "$$files" ]; then echo "not formatted; run make fmt:" $$files >&2; exit 1; fi

vet:
	$(GO) vet ./...

staticcheck:
	$(GO) run $(STATICCHECK) ./...

actionlint:
	$(GO) run $(ACTIONLINT)

vulncheck:
	.ci/vulncheck

clean: ## Remove what make build made
	rm -f promoctl
