# `make run` for a look, `make test` and `make check` before a commit.
# Nothing needs to be installed first but Python 3.11+, make and git.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
export UV_COMPILE_BYTECODE := 1
# Behind an organisation's proxy its certificate is in the system's store (the second is uv's older name for it).
export UV_SYSTEM_CERTS := 1
export UV_NATIVE_TLS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test test-all check bench chat migrate lock documents clean
.DEFAULT_GOAL := run

run: $(STAMP)
	@exec $(BIN)/python app.py run

# Two at a time, a file's tests together: each process has a PostgreSQL and a Valkey of its own.
TESTS := $(BIN)/pytest -n 2 --dist loadfile

test: $(STAMP)
	$(TESTS) $(ARGS)

test-all: $(STAMP)
	$(TESTS) -m "" $(ARGS)

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.texts.sms_lengths

bench: $(STAMP)
	$(BIN)/python -m benchmarks $(ARGS)

chat: $(STAMP)
	@exec $(BIN)/python app.py chat $(ARGS)

migrate: $(STAMP)
	$(BIN)/python app.py migrate

# The lock names no registry: whoever installs uses the one configured there.
lock:
	uv lock --upgrade
	uv export --frozen --all-groups --no-emit-project --no-header --format requirements.txt --output-file requirements.lock --quiet
	@! grep -nE 'https?://' requirements.lock

documents: $(STAMP)
	$(BIN)/python -m tests.repo.documents

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# The lock's checksum, not its date, decides: a switch of branches must not reinstall.
$(STAMP): requirements.lock
	@if [ -f $@ ] && cmp -s requirements.lock $@; then touch $@; \
	elif command -v uv >/dev/null 2>&1; then \
	    uv venv --quiet --clear --python $(PYTHON) .venv && \
	    uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock && cp requirements.lock $@; \
	else \
	    $(PYTHON) -m venv --clear .venv && \
	    $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock && cp requirements.lock $@; \
	fi
