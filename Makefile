# GNU make. `make` alone lists the targets; each of them does its own set-up, and none of it twice.
PYTHON ?= python3
VENV ?= .venv
FRAMES ?= 2000000
RUNS ?= 5
JSON ?=
PYTEST_ARGS ?=
SUITES ?= trixie sid
BENCH_ARGS ?=
SECONDS ?= 60
SEED ?= 1

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# command:package, as Debian and Ubuntu name them
TEST_TOOLS := tshark:tshark tcpdump:tcpdump tcprewrite:tcpreplay ip:iproute2 dot:graphviz chromium:chromium zsh:zsh fish:fish \
  luac5.2:lua5.2 luac5.3:lua5.3 luac5.4:lua5.4
BENCH_TOOLS := editcap:tshark tcprewrite:tcpreplay
LINT_TOOLS := luacheck:lua-check
DEBIAN_TOOLS := debootstrap:debootstrap editcap:tshark
FORM := $(BIN)/check-jsonschema --quiet --builtin-schema vendor
# What the installed package is made of besides Python: a change has it installed again.
BUILD := pyproject.toml setup.py $(wildcard dovetool/core/*.p[yx]*)
# A copy of the package whose core is watched at every step, and how it is run: with gcc and its libraries.
ASAN := build/asan
WATCH := -fsanitize=address,undefined
watched = PYTHONPATH=$(CURDIR)/$(ASAN):$(CURDIR)/tests:$(CURDIR)/tests/core PYTHONMALLOC=malloc \
  ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
  LD_PRELOAD="$$($(CC) -print-file-name=libasan.so) $$($(CC) -print-file-name=libubsan.so)" $(BIN)

SHELL := /bin/sh
export PATH := $(PATH):/usr/sbin:/sbin
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test coverage test-asan test-wireshark lint bench docs format wheel deb smoke clean \
  test-tools bench-tools lint-tools debian-tools

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.installed ## carry the bundled samples from VM to VM
	$(BIN)/dovetool demo

test: $(VENV)/.developing test-tools ## run all tests
	$(BIN)/pytest -n auto --dist worksteal $(PYTEST_ARGS)

coverage: $(VENV)/.developing test-tools ## run all tests, and hold what they reach to the floors of pyproject.toml
	rm -rf build/coverage
	mkdir -p build/coverage
	$(BIN)/coverage run -m pytest -n auto --dist worksteal $(PYTEST_ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage json --quiet -o build/coverage/report.json
	$(BIN)/python tests/coverage_floors.py build/coverage/report.json

test-asan: $(VENV)/.developing $(ASAN)/.compiled ## test and fuzz the core under AddressSanitizer and UBSan: SECONDS=600 SEED=2
	tar -c --exclude='*.so' dovetool | tar -x -C $(ASAN)
	$(watched)/python -P -c 'import dovetool.core as core; assert core.COMPILED, core.MISSING; print(*core.__path__)'
	$(watched)/pytest -n auto --capture=sys tests/core tests/engine $(PYTEST_ARGS)
	$(watched)/python tests/fuzz/fuzz_core.py --seconds $(SECONDS) --seed $(SEED)

test-wireshark: $(VENV)/.developing debian-tools ## test the dissector with the tshark of newer Debians, as root: SUITES=sid
	@for suite in $(SUITES); do \
	  tests/wireshark/debian.sh --set-up $$suite || exit 1; \
	  tests/wireshark/debian.sh $$suite --version | head -n 1; \
	  DOVETOOL_TSHARK="'$(CURDIR)/tests/wireshark/debian.sh' $$suite" $(BIN)/pytest tests/wireshark $(PYTEST_ARGS) || exit 1; \
	done

lint: $(VENV)/.developing lint-tools ## check style, types, imports and the files that GitHub reads
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(FORM).github-workflows .github/workflows/*.yml
	$(FORM).github-issue-forms $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	$(FORM).github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(FORM).dependabot .github/dependabot.yml
	@if command -v luacheck >/dev/null; then echo luacheck dovetool/wireshark; luacheck --no-color -q dovetool/wireshark; fi

bench: $(VENV)/.developing bench-tools $(VENV)/.peers ## measure speed and memory beside other tools: FRAMES=200000 RUNS=3 JSON=file
	PATH="$$PATH:$(abspath $(VENV))/peers/bin" $(BIN)/python -m bench --frames $(FRAMES) --runs $(RUNS) $(if $(JSON),--json $(JSON)) $(BENCH_ARGS)

docs: $(VENV)/.developing ## build the site into build/site; links are checked, and what pages show is by the tests
	$(BIN)/python packaging/website.py build/pages
	$(BIN)/zensical build --strict --clean

format: $(VENV)/.developing ## format the code, and write anew what is made of it
	$(BIN)/python packaging/completion_table.py
	$(BIN)/python packaging/reference.py
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

wheel: $(VENV)/.packaging ## build the sdist and a wheel into dist
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	if [ "$$(uname)" = Linux ]; then PATH=$(CURDIR)/$(BIN):$$PATH && \
	  auditwheel repair --wheel-dir dist dist/*-linux_*.whl && rm dist/*-linux_*.whl && abi3audit --strict dist/*.whl; fi

deb: wheel ## build the Debian packages into dist, on Debian, with debhelper, python3-dev and python3-venv
	DEBFULLNAME="$${DEBFULLNAME-$$(git config user.name)}" DEBEMAIL="$${DEBEMAIL-$$(git config user.email)}" \
	  packaging/deb.sh dist/*.tar.gz dist

smoke: wheel debian-tools ## install and try all packages in fresh Debians, as root: SUITES=trixie
	packaging/smoke.sh dist $(if $(filter file,$(origin SUITES)),bookworm trixie,$(SUITES))

clean: ## remove what the other targets made
	rm -rf --one-file-system .debian
	rm -rf build dist .cache dovetool.egg-info dovetool/core/*.so .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -exec rm -rf {} +
	@if [ -e $(VENV)/pyvenv.cfg ]; then echo rm -rf $(VENV); rm -rf $(VENV); fi

# Install packages without a question, as root where there is apt-get; fail elsewhere.
define apt_install
{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "installing:" $(1) && \
  { apt-get -qq -o DPkg::Lock::Timeout=300 update || true; } && \
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
    install --no-install-recommends $(1) </dev/null >/dev/null; }
endef

# The packages of those of the commands $(1) that are not there.
missing = $$(for tool in $(1); do command -v "$${tool%%:*}" >/dev/null || echo "$${tool\#\#*:}"; done)

# Have what compiles the core: a compiler, and the headers of C and Python. Whoever names a compiler has one, or wants none.
define compiler
words=$$($(BIN)/python -c 'import os, sysconfig; \
    print(os.environ.get("CC") or sysconfig.get_config_var("CC"), "-I" + sysconfig.get_path("include"))'); \
  echo '#include <Python.h>' | $$words -E - >/dev/null 2>&1 || [ -n "$$CC" ] || { \
  packages=$$($(BIN)/python -c 'import sys; print("gcc libc6-dev libpython%d.%d-dev" % sys.version_info[:2])'); \
  $(call apt_install,$$packages) || \
    echo "Not installed:" $$packages "(or the like); the core is not compiled, and the slower pure engine runs." >&2; }
endef

test-tools:
	@packages=$(call missing,$(TEST_TOOLS)); [ -z "$$packages" ] || $(call apt_install,$$packages) || \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then exit 1; else \
	  echo "Not installed:" $$packages "(as root: apt-get install" $$packages"); the tests that need them are skipped." >&2; fi

bench-tools:
	@packages=$(call missing,$(BENCH_TOOLS)); [ -z "$$packages" ] || $(call apt_install,$$packages) || \
	  echo "Not installed:" $$packages "(as root: apt-get install" $$packages"); the table does without them." >&2

lint-tools:
	@packages=$(call missing,$(LINT_TOOLS)); [ -z "$$packages" ] || $(call apt_install,$$packages) || \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then exit 1; else \
	  echo "Not installed:" $$packages "(as root: apt-get install" $$packages"); Lua is not checked." >&2; fi

debian-tools:
	@packages=$(call missing,$(DEBIAN_TOOLS)); [ -z "$$packages" ] || $(call apt_install,$$packages) || \
	  { echo "this needs root, and on Debian or Ubuntu:" $$packages >&2; exit 1; }
	@[ "$$(id -u)" = 0 ] || { echo "this needs root, for chroot" >&2; exit 1; }

$(VENV)/.peers: $(VENV)/.created
	$(PYTHON) -m venv $(VENV)/peers
	$(VENV)/peers/bin/pip install pcaptoparquet || echo "Not installed: pcaptoparquet; the table does without it." >&2
	@touch $@

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  found=$$($(PYTHON) -V 2>/dev/null) || found="not there"; \
	  echo "dovetool needs Python 3.11 or later, and $(PYTHON) is $$found; name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  package=$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	  $(call apt_install,$$package); } || { \
	  echo "$(PYTHON) cannot make virtual environments; as root: apt-get install $$package" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install 'pip>=25.1'
	@touch $@

$(VENV)/.installed: $(BUILD) $(VENV)/.created
	@$(compiler)
	$(PIP) install --editable .
	@touch $@

$(ASAN)/.compiled: $(BUILD) $(VENV)/.developing
	rm -rf $(ASAN)
	CFLAGS="-O1 -g -fno-omit-frame-pointer $(WATCH)" LDFLAGS="$(WATCH)" \
	  $(BIN)/python setup.py -q build_ext --build-lib $(ASAN)
	@touch $@

$(VENV)/.packaging: pyproject.toml $(VENV)/.created
	$(PIP) install --group packaging
	@touch $@

$(VENV)/.developing: $(BUILD) $(VENV)/.created
	@$(compiler)
	$(PIP) install --no-compile --editable '.[compression]' --group dev
	@touch $(VENV)/.installed $@
