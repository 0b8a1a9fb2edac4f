# make run opens the dashboard, make test runs the tests: nothing has to be set up before.
.DEFAULT_GOAL := help
SHELL := /bin/bash

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X pikedash/ui/command.version=$(VERSION)
BUILD   := CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)'
GOFILES  = $(shell git ls-files --cached --others --exclude-standard '*.go')

STATICCHECK_VERSION := v0.8.2
ERRCHECK_VERSION    := v1.9.0
TOOLS := bin/staticcheck-$(STATICCHECK_VERSION) bin/errcheck-$(ERRCHECK_VERSION)

PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: build ## open the dashboard (ARGS="--profile demo" passes flags on)
	@./bin/pikedash $(ARGS)

.PHONY: build
build: ## build bin/pikedash, one static file
	@$(BUILD) -o bin/pikedash .

.PHONY: test
# Vetting is lint's part: it would read all of SQLite first.
test: ## run all tests (RACE=1 with the race detector, PKG=./keys/... for a part)
	$(if $(RACE),,CGO_ENABLED=0) go test -trimpath -vet=off $(if $(RACE),-race) -timeout 20m $(or $(PKG),./...)

.PHONY: lint
lint: $(TOOLS) ## gofmt, go vet, staticcheck, errcheck
	@out="$$(gofmt -l $(GOFILES))"; if [ -n "$$out" ]; then echo "not formatted:"; echo "$$out"; exit 1; fi
	go vet ./...
	go vet -tags uitest ./ui/command && go vet -tags screenshots ./ui/command && go vet -tags bench ./ui/widget
	bin/staticcheck-$(STATICCHECK_VERSION) ./...
	bin/errcheck-$(ERRCHECK_VERSION) ./...

# The tools have their version in their name: a new pin builds a new tool.
bin/staticcheck-$(STATICCHECK_VERSION):
	@mkdir -p bin && GOBIN=$(CURDIR)/bin/tmp go install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK_VERSION)
	@mv bin/tmp/staticcheck $@ && rmdir bin/tmp

bin/errcheck-$(ERRCHECK_VERSION):
	@mkdir -p bin && GOBIN=$(CURDIR)/bin/tmp go install github.com/kisielk/errcheck@$(ERRCHECK_VERSION)
	@mv bin/tmp/errcheck $@ && rmdir bin/tmp

.PHONY: bench
bench: ## measure, and hold the results against the limits
	go test -tags bench -run '^$$' -bench . -benchtime 1s -timeout 60m $(or $(PKG),./...)

.PHONY: soak
soak: ## the long tests: 2,000 kills, 100,000 random signatures, 1,000 of each property of the journal
	PIKEDASH_SOAK=1 go test -count 1 -timeout 60m ./keys/forensics
	go test -count 1 -timeout 60m ./pikeapi/journal -rapid.checks 1000
	PIKEDASH_KILLS=2000 go test -count 1 -timeout 180m -run 'Crash' -v ./ui/uitest/... ./ui/command/...

.PHONY: screenshots
screenshots: ## photograph every screen into screenshots/ and the README
	go run ./screenshots
	go test ./ui/command -run Readme -count 1 -update-readme

.PHONY: dist
dist: ## binaries for six platforms, checksums, SBOM, completions, man pages in dist/
	@rm -rf dist && mkdir -p dist/completions dist/man
	@set -e; for p in $(PLATFORMS); do \
		os=$${p%/*}; arch=$${p#*/}; ext=; [ $$os = windows ] && ext=.exe; \
		echo "  $$os/$$arch"; \
		GOOS=$$os GOARCH=$$arch $(BUILD) -o dist/pikedash_$${os}_$${arch}$$ext . ; \
	done
	@$(BUILD) -o bin/pikedash .
	@set -e; for s in bash zsh fish powershell; do ./bin/pikedash completion $$s > dist/completions/pikedash.$$s; done
	@./bin/pikedash man dist/man
	@./bin/pikedash sbom > dist/pikedash.cdx.json
	@cd dist && find . -type f ! -name SHA256SUMS | LC_ALL=C sort | xargs sha256sum > SHA256SUMS
	@echo "dist/ holds $$(wc -l < dist/SHA256SUMS) files, their checksums are in dist/SHA256SUMS"

.PHONY: clean
clean: ## remove what was built
	rm -rf bin dist
