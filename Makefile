# What a person does with this repository, a target an intention. `make help` lists them.

VENV := .venv
RUN := $(VENV)/bin
# One that is done takes half of what another one has left: tests on hosts wait much, others do not.
WORKERS := -n 3 --dist worksteal
# The first Python that is new enough; name another one with `make PYTHON=…`.
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,$(shell \
	$(name) -c 'import sys; sys.version_info >= (3, 11) and print("$(name)")' 2>/dev/null)))
LAB_PACKAGES = $(shell $(RUN)/python -c 'from opsflow.lab.requirements import missing_packages; print(*missing_packages())')
# Programs that tests of modules run on this machine, each with its Debian package.
TEST_PROGRAMS = busybox:busybox-static gem:ruby git:git openssl:openssl patch:patch rsync:rsync setcap:libcap2-bin svn:subversion \
	unzip:unzip visudo:sudo zip:zip mariadb-dump:mariadb-client mariadbd:mariadb-server-core pg_ctlcluster:postgresql
TEST_PACKAGES = $(shell PATH=$$PATH:/usr/sbin:/sbin; for one in $(TEST_PROGRAMS); do \
	command -v $${one%:*} >/dev/null || echo $${one#*:}; done)

# Where it is set, each of the many programs that tests start would compile all of our code anew: 1.5 s of CPU.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test lint unit bench packages clean
.DEFAULT_GOAL := help

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(VENV)/.run packages ## Update three throwaway Debian hosts and show what happened (KEEP=1 keeps them)
	@scripts/demo </dev/null

test: lint packages ## All checks and all tests; those on lab hosts are skipped where there can be no lab
	@scripts/install-packages $(TEST_PACKAGES)
# Docker by itself: it starts a service when it is installed, which may fail.
	@PATH=$$PATH:/usr/sbin; command -v dockerd >/dev/null || scripts/install-packages docker.io || \
		echo "Docker could not be installed: its tests may be skipped" >&2
	$(RUN)/pytest $(WORKERS) -rs </dev/null

lint: $(VENV)/.dev ## Style and types
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/pyright

unit: $(VENV)/.dev ## The tests that need no lab
	$(RUN)/pytest $(WORKERS) tests/unit </dev/null

bench: $(VENV)/.dev packages ## OpsFlow beside ansible-core, mitogen, pyinfra and OpenSSH on 40 lab hosts
	$(RUN)/pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(RUN)/python -m benchmarks

packages: | $(VENV)/.run
	@scripts/install-packages $(LAB_PACKAGES)

# Each stamp is written last: an installation that was interrupted is done again.
$(VENV)/.run: pyproject.toml | $(VENV)/.made
	$(RUN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/.made
	$(RUN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.run

$(VENV)/.made:
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "OpsFlow needs Python 3.11 or newer; name it with: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || scripts/install-packages $(notdir $(PYTHON))-venv
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

clean: ## Remove what the other targets made here
	rm -rf $(VENV) .opsflow .ruff_cache .hypothesis inventory/lab.yml
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
