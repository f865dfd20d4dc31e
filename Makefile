# Everything an engineer does here. `make run` and `make demo` need Go alone;
# `make test` installs what the tests need.

PORT ?= 8080
DATA ?= data
OUT  ?= demo-out
GO   ?= go

# What is deployed: the functions, for this architecture, with this catalogue.
FUNCTIONS  = callbacks certify datarequest intake operator optin optout portal protocols provision publish receipts staff sweep
ARCH      ?= arm64
DIST      ?= dist
CATALOGUE ?= events/catalogue/first-example-bank.yaml

export CGO_ENABLED = 0

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the local system and the commands receipt and desk into build/
	@mkdir -p build
	$(GO) build -o build/ ./functions/local ./shared/cmd/receipt ./shared/cmd/desk

.PHONY: run
run: build ## start the local system (PORT=8080, DATA=data)
	@exec ./build/local serve -port $(PORT) -data $(DATA)

.PHONY: demo
demo: build ## play the story without a browser, into OUT=demo-out
	@./build/local demo -out $(OUT)

.PHONY: clean-data
clean-data: ## drop the local system's ledger and keys
	@./build/local clean -data $(DATA) 2>/dev/null || $(GO) run ./functions/local clean -data $(DATA)

.PHONY: test
test: ## install what the tests need, and run every test
	@sh .ci/test.sh

.PHONY: bench
bench: ## measure, and print ratios to what the parts cost alone
	$(GO) test -run '^(TestTable|TestForms)$$' -count=1 ./functions/testbed/bench -v -table | grep -v -e '^=== ' -e '^--- ' -e '^PASS' -e '^ok'
	@$(GO) test -run '^TestHostile$$' -count=1 ./shared/receipt/verifypage -v -args -hostile | grep -v -e '^=== ' -e '^--- ' -e '^PASS' -e '^ok'
	@$(GO) test -run '^TestMany$$' -count=1 -v ./shared/receipt/verifypage -args -receipts 1000 | grep -e 'CPU' -e 'missing' | sed 's/^ *[a-z_]*.go:[0-9]*: //'
	@$(GO) test -run '^TestMemory$$' -count=1 -v ./shared/receipt/check | grep -e 'peak heap' | sed 's/^ *[a-z_]*.go:[0-9]*: //'
	@$(GO) test -run '^TestBrowser$$/^desktop$$' -count=1 -v ./functions/testbed/system | grep -e 'first page' -e 'missing' | sed 's/^ *[a-z_]*.go:[0-9]*: //'

.PHONY: bench-aws
bench-aws: ## the same for the functions on emulators of AWS, and what a million receipts cost
	@sh .ci/install.sh node python java
	@$(GO) test -run "^TestAWS$$" -count=1 -timeout 30m ./functions/testbed/bench -v -table | grep -v -e "^=== " -e "^ *--- " -e "^PASS" -e "^ok"

.PHONY: fuzz
fuzz: ## run each fuzz target for a while (FUZZTIME=10s)
	@sh .ci/fuzz.sh

.PHONY: lint
lint: ## formatting, vet and static checks, as .golangci.yml has them
	$(GO) tool -modfile=.ci/tools.mod golangci-lint run

.PHONY: dist
dist: ## build the commands receipt and desk for Linux, macOS and Windows into dist/
	@mkdir -p dist
	@for target in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64; do \
	  os=$${target%/*}; arch=$${target#*/}; ext=; [ $$os = windows ] && ext=.exe; \
	  for command in receipt desk; do \
	    echo "dist/$$command-$$os-$$arch$$ext"; \
	    GOOS=$$os GOARCH=$$arch $(GO) build -trimpath -ldflags '-s -w' -o dist/$$command-$$os-$$arch$$ext ./shared/cmd/$$command || exit 1; \
	  done; \
	done

.PHONY: package
package: ## build the functions for Lambda into dist/ (ARCH=arm64|amd64, CATALOGUE=file, PROTOCOLS=folder)
	@rm -rf $(DIST)/provision/documents
	@for f in $(FUNCTIONS); do \
	  GOOS=linux GOARCH=$(ARCH) $(GO) build -trimpath -buildvcs=false -tags lambda.norpc -ldflags '-s -w -buildid=' \
	    -o $(DIST)/$$f/bootstrap ./functions/$$f || exit 1; \
	done
	@$(GO) run ./shared/cmd/receipt catalogue build $(CATALOGUE) $(DIST)/provision/documents
	@for f in protocols callbacks; do \
	  rm -rf $(DIST)/$$f/settings; \
	  if [ -n "$(PROTOCOLS)" ]; then cp -R "$(PROTOCOLS)" $(DIST)/$$f/settings && chmod -R a+rX $(DIST)/$$f/settings || exit 1; fi; \
	done

.PHONY: synth
synth: package ## write the CloudFormation template into cdk.out/
	@sh .ci/install.sh node
	@npx cdk synth --quiet --context architecture=$(ARCH)

.PHONY: sam
sam: ## run every function in SAM's containers, and the story (SAM_FLAGS=-stay to keep it up)
	@sh .ci/install.sh node python sam docker
	@$(GO) run ./functions/testbed $(SAM_FLAGS)

.PHONY: soak
soak: ## 20,000 events of 2,000 people through intake, with faults
	$(GO) test -run '^TestSoak' -count=1 -timeout 60m ./functions/internal/intake -v -soak 20000 -people 2000

.PHONY: clean
clean: ## remove what was built
	rm -rf build dist cdk.out
