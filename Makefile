# `make demo`: hear it. `make test`: check it. Both need Python 3.10+ (with venv) and make. The other gates:
#
#   test-slow     tests that take minutes, and property tests with many examples
#   test-engines  environments of engines, built and used
#   test-clients  browsers and clients of other languages against the server
#   test-cluster  several nodes on this machine
#   test-real     real model weights (`make real-models` gets them)
#   host-test     a real ComfyUI (COMFYUI_PATH, else ~/comfy/ComfyUI)
#   host-graphs   whole workflows in a real ComfyUI
#   test-all      the core's tests on every Python found
PYTHON ?= python3
SRT ?= examples/first-words.srt

ifeq ($(OS),Windows_NT)
BIN := Scripts
else
BIN := bin
endif

# Hundreds of interpreters are started here. With this variable set, each one would compile every module: twice the time.
unexport PYTHONDONTWRITEBYTECODE

TEST_PYTHON := .venv-test/$(BIN)/python
# Runs the tests of one marker. A gate without tests yet (pytest's exit code 5) passes and says so.
GATE = VOXWEFT_TEST_PYTHONS=required $(TEST_PYTHON) scripts/gate.py

.PHONY: demo test test-slow test-engines test-clients test-cluster test-real real-models test-all hosts host-test host-graphs bench docs clean

# Two environments: the demo's has the core alone, so that it installs in seconds; the other one has everything. uv fills
# that one in half the time, and its cache then serves the tests that install environments without a network.
.venv/.installed: requirements.txt pyproject.toml
	"$(PYTHON)" -m venv .venv
	.venv/$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv-test/.installed: requirements.txt constraints.txt pyproject.toml
	"$(PYTHON)" -m venv .venv-test
	$(TEST_PYTHON) -m pip install --quiet --disable-pip-version-check uv
	.venv-test/$(BIN)/uv pip install --quiet --python $(TEST_PYTHON) --constraint constraints.txt --editable ".[test]"
	touch $@

demo: .venv/.installed
	.venv/$(BIN)/voxweft dub "$(SRT)" -o demo.wav --report demo.json --subs-out demo.srt

# An environment with the core alone for each Python found: some tests speak from one Python into another.
hosts: .venv-test/.installed
	$(TEST_PYTHON) scripts/hosts.py .hosts

# A missing Python fails here instead of skipping the tests that need it.
test: .venv-test/.installed hosts
	VOXWEFT_TEST_PYTHONS=required $(TEST_PYTHON) scripts/check.py

test-slow: .venv-test/.installed hosts
	$(GATE) "slow and not host and not clients"
	$(GATE) "hypothesis and not slow and not engines" --hypothesis-profile thorough

# With uv's choice of index made, environments get its build of torch: uv links one copy of it into all of them.
test-engines: .venv-test/.installed hosts
	UV_NO_INDEX=$${UV_NO_INDEX:-false} $(GATE) engines

test-clients: .venv-test/.installed hosts
	VOXWEFT_TEST_CLIENTS=required $(GATE) clients

test-cluster: .venv-test/.installed hosts
	$(GATE) cluster

# Weights of a folder that VOXWEFT_REAL_MODELS names; else of the one that `make real-models` fills, if it did.
REAL_MODELS := $(or $(VOXWEFT_REAL_MODELS),$(CURDIR)/.real-models)

test-real: .venv-test/.installed hosts
	VOXWEFT_REAL_MODELS="$(REAL_MODELS)" CT2_FORCE_CPU_ISA= $(GATE) real --numprocesses 2 --dist loadfile

real-models: .venv-test/.installed
	$(TEST_PYTHON) scripts/real_models.py "$(REAL_MODELS)"

test-all: hosts
	for host in .hosts/*/; do echo "== $$host"; "$$host$(BIN)/python" -m pytest -q || exit 1; done

# Without a ComfyUI, these two fail instead of skipping.
host-test: .venv-test/.installed
	VOXWEFT_TEST_HOST=required $(GATE) "host and not slow"

host-graphs: .venv-test/.installed
	VOXWEFT_TEST_HOST=required $(GATE) "host and slow"

bench: .venv-test/.installed
	$(TEST_PYTHON) -m benchmarks core --json bench-core.json

# The documentation as a site, in build/site.
docs: .venv-test/.installed
	$(TEST_PYTHON) -m mkdocs build --strict --site-dir build/site

clean:
	rm -rf .venv .venv-test .hosts .engines .clients .real-models .check build dist *.egg-info demo.wav demo.json demo.srt bench-core.json
