# Every way to build, try and test the house. `make` alone lists them.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS   += --no-print-directory

# What `run` and `serve` take from the environment or the command line.
ADDR     ?= 127.0.0.1:8080
BASE_URL ?= http://localhost:8080
OFFICE   ?= office@example.org
FUZZTIME ?= 10s

forms   := $(basename $(notdir $(wildcard content/forms/*.yaml)))
to      := $(foreach form,$(forms),--to $(form)=$(OFFICE))

# The same for building, vetting and testing, so that everything is compiled
# once: no C, and no paths of this machine in the programs.
export CGO_ENABLED := 0
export GOFLAGS     := $(strip $(GOFLAGS) -trimpath)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: build
build: ## make bin/generator and bin/intake
	@mkdir -p bin
	go build -o bin/ ./generator ./intake

.PHONY: run
run: build ## build the site and serve it with its forms at http://localhost:8080/
	@bin/generator build --content content --out public --base-url '$(BASE_URL)'
	@mkdir -p var
	@printf '\n'
	@for form in $(forms); do printf '  Form     %s/forms/%s/\n' '$(BASE_URL)' "$$form"; done
	@if [ -n "$${SMTP_URL:-}" ]; then set --; printf '  Mail     goes out by SMTP_URL\n\n'; \
	else set -- --maildir var/mail; printf '  Mail     goes into var/mail/ (a Maildir)\n\n'; fi; \
	exec bin/intake serve --site public --data var --addr '$(ADDR)' --base-url '$(BASE_URL)' \
	  --from "$${MAIL_FROM:-$(OFFICE)}" "$$@" $(to)

.PHONY: serve
serve: build ## preview the content: rebuild on change, reload the browser (no forms)
	@exec bin/generator serve --content content

.PHONY: check
check: build ## check the content and write nothing
	@bin/generator check --content content

.PHONY: test
test: deps build ## install what the tests need and run every test
	@scripts/test.sh

.PHONY: deps
deps: ## install what the tests need, by apt-get where it may and by npm
	@scripts/deps.sh

.PHONY: lint
lint: ## gofmt, go vet, staticcheck
	@unformatted="$$(gofmt -l *.go generator intake internal themes deploy e2e scripts)"; \
	if [ -n "$$unformatted" ]; then printf 'gofmt would change:\n%s\n' "$$unformatted"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...

.PHONY: fuzz
fuzz: ## let every fuzz test search for FUZZTIME (10s)
	@scripts/fuzz.sh $(FUZZTIME)

.PHONY: bench
bench: ## build 10,000 documents and compare with the bare limit
	go run ./generator/bench

.PHONY: bench-intake
bench-intake: ## measure intake beside the bare store, a bare server and smtp-source
	go run ./intake/bench

.PHONY: clean
clean: ## remove what was built (public/, bin/, e2e/node_modules/); var/ stays
	rm -rf bin e2e/node_modules
	@find public -mindepth 1 -maxdepth 1 ! -name .gitignore -exec rm -rf {} +
