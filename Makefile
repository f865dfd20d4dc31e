# Everything an engineer does here. `make run` and `make demo` need Go alone;
# `make test` installs what the tests need.

PORT ?= 8080
DATA ?= data
OUT  ?= demo-out
GO   ?= go

# What people may be asked, and what is deployed: the functions of infra/functions.
CATALOGUE ?= events/catalogue/first-example-bank.yaml
ARCH      ?= arm64
DIST      ?= dist
SYNTH     ?= cdk.out

# What is released: the commands, for these.
TARGETS ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64
VERSION ?= $(shell git describe --tags --always --dirty)

# The variables that each target takes. One that is given and that no target of a call takes
# is refused, not ignored.
takes.run        = PORT DATA CATALOGUE ORIGINS
takes.demo       = OUT CATALOGUE
takes.clean-data = DATA CATALOGUE
takes.package    = ARCH CATALOGUE PROTOCOLS DIST
takes.functions  = ARCH
takes.synth      = $(takes.package) SYNTH
takes.prove-aws  = $(takes.package) ACCOUNT BESIDE
takes.bench      = INTO AS
takes.bench-aws  = INTO AS
takes.load       = INTO AS
takes.sam        = SAM_FLAGS CATALOGUE
takes.fuzz       = FUZZTIME
takes.dist       = TARGETS DIST
takes.release    = TARGETS VERSION ARCH CATALOGUE PROTOCOLS DIST
ifeq ($(MAKELEVEL),0)
given   := $(foreach v,$(.VARIABLES),$(if $(filter command,$(origin $v)),$v))
refused := $(filter-out GO -%,$(filter-out $(foreach goal,$(MAKECMDGOALS),$(takes.$(goal))),$(given)))
$(if $(refused),$(error make $(MAKECMDGOALS) takes no $(refused); it takes: $(foreach goal,$(MAKECMDGOALS),$(takes.$(goal))) GO))
endif

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
run: build ## start the local system (PORT=8080, DATA=data, CATALOGUE=file, ORIGINS=http://localhost:3000)
	@exec ./build/local serve -port $(PORT) -data $(DATA) -catalogue $(CATALOGUE) $(addprefix -origin ,$(ORIGINS))

.PHONY: demo
demo: build ## play the story without a browser, into OUT=demo-out (CATALOGUE=file)
	@./build/local demo -out $(OUT) -catalogue $(CATALOGUE)

.PHONY: clean-data
clean-data: build ## drop the local system's ledger and keys (DATA=data, CATALOGUE=file)
	@./build/local clean -data $(DATA) -catalogue $(CATALOGUE)

.PHONY: test
test: ## install what the tests need, and run every test
	@sh .ci/test.sh

# Benchmarks print a table; INTO=docs/performance.md puts it there too, with the ratios in the
# column AS of the history.
sheet = $(GO) run ./functions/testbed/bench/sheet $(if $(INTO),-into $(INTO)) $(if $(AS),-as "$(AS)")

.PHONY: bench
bench: ## measure each part against what it cannot do without, and count the targets that are missed (INTO=docs/performance.md)
	@$(sheet) bench

.PHONY: bench-aws
bench-aws: ## the same for the functions on emulators of AWS, and what a million receipts cost
	@sh .ci/install.sh node python java
	@$(sheet) bench-aws

.PHONY: load
load: ## drive the local server over HTTP with 1, 8 and 32 people at once: 20,000 opt-ins
	@$(sheet) load

.PHONY: scale
scale: ## count what work over everybody asks of a table with a million people
	@sh .ci/install.sh node java
	@$(GO) test -run '^TestTables$$' -count=1 -timeout 60m ./functions/testbed/scale -v -args -table | grep -v -e '^=== ' -e '^--- ' -e '^PASS' -e '^ok'

.PHONY: fuzz
fuzz: ## run each fuzz target for a while (FUZZTIME=10s)
	@sh .ci/fuzz.sh

.PHONY: lint
lint: ## formatting, vet and static checks, as .golangci.yml has them
	$(GO) tool -modfile=.ci/tools.mod golangci-lint run
	$(GO) tool -modfile=.ci/tools.mod actionlint docs/pipelines/github-actions.yml

.PHONY: dist
dist: ## build receipt and desk for TARGETS (Linux, macOS, Windows) into dist/, with SBOMs and SHA256SUMS
	@mkdir -p $(DIST) && cd $(DIST) && rm -f receipt-* desk-* SHA256SUMS
	@for target in $(TARGETS); do \
	  os=$${target%/*}; arch=$${target#*/}; ext=; [ $$os = windows ] && ext=.exe; \
	  for command in receipt desk; do \
	    file=$(DIST)/$$command-$$os-$$arch; echo "$$file$$ext"; \
	    GOOS=$$os GOARCH=$$arch $(GO) build -trimpath -ldflags '-s -w' -o $$file$$ext ./shared/cmd/$$command && \
	    $(GO) tool -modfile=.ci/tools.mod cyclonedx-gomod bin -json -noserial -notimestamp -output $$file.cdx.json $$file$$ext 2>$(DIST)/sbom.log || \
	    { cat $(DIST)/sbom.log; exit 1; }; \
	  done; \
	done; rm -f $(DIST)/sbom.log
	@cd $(DIST) && { command -v sha256sum >/dev/null && sha256sum receipt-* desk-* || shasum -a 256 receipt-* desk-*; } > SHA256SUMS

.PHONY: release
release: NAME  = consent-receipts-$(VERSION)
release: SYNTH = $(DIST)/$(NAME)/cdk.out
release: dist synth ## put commands, functions, template and changes into one archive in dist/ (VERSION=...)
	@cd $(DIST) && cp receipt-* desk-* SHA256SUMS $(NAME)
	@cp LICENSE docs/release.md $(DIST)/$(NAME)
	@section=Unreleased; if grep -q '^## $(VERSION)$$' CHANGELOG.md; then section='$(VERSION)'; fi; \
	awk -v section="$$section" '/^## /{on = $$2 == section} on' CHANGELOG.md > $(DIST)/$(NAME)/CHANGES.md
	@cd $(DIST) && tar -czf $(NAME).tar.gz $(NAME) && rm -rf $(NAME) && echo $(DIST)/$(NAME).tar.gz

# The binaries lie in build/, so that what did not change is linked once. What go build makes
# beside them it moves there: whoever copies one meanwhile has the old one or the new one.
.PHONY: functions
functions: TO = build/$(ARCH)
functions:
	@names=$$($(GO) run ./infra/functions/list) && mkdir -p $(TO) && \
	GOOS=linux GOARCH=$(ARCH) GOTMPDIR=$(CURDIR)/$(TO) $(GO) build -trimpath -buildvcs=false -tags lambda.norpc -ldflags '-s -w' \
	  -o $(TO)/ $$(printf './functions/%s ' $$names)

.PHONY: package
package: functions ## build the functions for Lambda into dist/ (ARCH=arm64|amd64, CATALOGUE=file, PROTOCOLS=folder)
	@rm -rf $(DIST)/provision/documents
	@names=$$($(GO) run ./infra/functions/list) && \
	for f in $$names; do mkdir -p $(DIST)/$$f && cp build/$(ARCH)/$$f $(DIST)/$$f/bootstrap || exit 1; done
	@$(GO) run ./shared/cmd/receipt catalogue build $(CATALOGUE) $(DIST)/provision/documents
	@names=$$($(GO) run ./infra/functions/list -settings) && for f in $$names; do \
	  rm -rf $(DIST)/$$f/settings; \
	  if [ -n "$(PROTOCOLS)" ]; then cp -R "$(PROTOCOLS)" $(DIST)/$$f/settings && chmod -R a+rX $(DIST)/$$f/settings || exit 1; fi; \
	done

.PHONY: synth
synth: package ## write the CloudFormation template into cdk.out/
	@sh .ci/install.sh node
	@npx cdk synth --quiet --output $(SYNTH) --context architecture=$(ARCH) --context dist=$(DIST)

.PHONY: prove-aws
prove-aws: package ## deploy to ACCOUNT, which is for nothing else, try there what only AWS shows, tear down, report (BESIDE=stacks that may be there)
	@sh .ci/install.sh node
	@npx cdk synth --quiet --output build/prove --context architecture=$(ARCH) --context dist=$(DIST) --context firstDeployment=true --context backupDays=0
	@$(GO) run ./infra/prove -app build/prove -account "$(ACCOUNT)" $(addprefix -beside ,$(BESIDE)) -report build/prove.md

.PHONY: sam
sam: ## run every function in SAM's containers, and the story (SAM_FLAGS=-stay to keep it up)
	@sh .ci/install.sh node python sam docker
	@$(GO) run ./functions/testbed -catalogue $(CATALOGUE) $(SAM_FLAGS)

.PHONY: soak
soak: ## 20,000 events of 2,000 people through intake, with faults
	$(GO) test -run '^TestSoak' -count=1 -timeout 60m ./functions/internal/intake -v -soak 20000 -people 2000

.PHONY: clean
clean: ## remove what was built
	rm -rf build dist cdk.out
