# The Machine and the Hand. `make book` builds it, `make test` tests it, `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN ?= .venv/bin
BUILD := $(BIN)/jupyter-book build .
STRICT := -n -W --keep-going
export SOURCE_DATE_EPOCH := $(shell git log -1 --format=%ct)

.PHONY: html pdf book test data clean help

html: ## the pages, in _build/html
	$(BUILD) $(STRICT)

pdf: ## the printed reader, _build/pdf/reader.pdf
	$(BUILD) --builder custom --custom-builder reader $(STRICT)

book: html pdf ## everything

test: ## every test
	$(BIN)/python -m pytest -n 2

data: ## check the tables only
	$(BIN)/python -m seminar_book.evidence

clean: ## delete what was built
	rm -rf _build

help: ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile
