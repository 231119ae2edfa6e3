# The Machine and the Hand. `make book` builds it, `make test` tests it, `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: book html pdf data lab serve test bench environment test-environment lock clean help
BIN := .venv/bin
BUILD := $(BIN)/jupyter-book build . -n -W --keep-going
export SOURCE_DATE_EPOCH := $(shell git log -1 --format=%ct 2>/dev/null || date +%s)
# Another environment can be used as it stands: make html BIN=/elsewhere/bin
ifeq ($(origin BIN),file)
html pdf data serve: | environment
test bench lock: | test-environment
endif

book: ## everything, from a bare machine: environment, data, labs, pages, print
	@python3 tools/steps.py environment data html pdf

html: ## the pages, in _build/html
	$(BUILD)

pdf: ## the printed reader, _build/pdf/reader.pdf
	$(BUILD) --builder custom --custom-builder reader

data: ## check the tables
	PYTHONPATH=_ext $(BIN)/python -m seminar_book.evidence

serve: ## the pages at a local address, rebuilt and reloaded on every change
	@$(BIN)/python tools/serve.py

lab: .venv-lab/made ## the labs in JupyterLab, as students get them
	.venv-lab/bin/jupyter lab --allow-root

.venv-lab/made: binder/requirements.txt binder/postBuild
	rm -rf .venv-lab && python3 -m venv .venv-lab
	.venv-lab/bin/pip install --quiet --no-deps --require-hashes --requirement $<
	PATH="$(CURDIR)/.venv-lab/bin:$$PATH" binder/postBuild && touch $@

test: ## every test (TESTS=tests/test_notes.py: some)
	$(BIN)/python -m pytest -n 3 --dist loadgroup $(TESTS)

bench: ## every budget beside its measured figure (BARE=1: from a bare machine too)
	$(BIN)/python tests/bench.py $(if $(BARE),--bare)

environment:
	@python3 tools/environment.py

test-environment:
	@python3 tools/environment.py test

lock: ## read pyproject.toml again and pin everything anew
	@BIN=$(BIN) sh tools/lock.sh

clean: ## delete what was built
	rm -rf _build

help: ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile
