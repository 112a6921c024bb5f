# `make demo`: hear it. `make test`: check it. `make test-slow`: the minutes that it leaves out. `make test-all`: the core's
# tests on every Python found.
# They work on a machine with Python 3.10+ (with venv) and make alone.
PYTHON ?= python3
SRT ?= examples/first-words.srt

ifeq ($(OS),Windows_NT)
BIN := Scripts
else
BIN := bin
endif

# Hundreds of interpreters are started here. Where this is set, each would compile every module anew: twice the time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-slow test-all hosts host-test bench clean

# Two environments: the demo's holds the core alone, so that a newcomer waits seconds; the other one everything. uv fills
# that one, in half the time, and its cache then has what the tests of engines' own environments install without a network.
.venv/.installed: requirements.txt pyproject.toml
	"$(PYTHON)" -m venv .venv
	.venv/$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv-test/.installed: requirements.txt constraints.txt pyproject.toml
	"$(PYTHON)" -m venv .venv-test
	.venv-test/$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	.venv-test/$(BIN)/uv pip install --quiet --python .venv-test/$(BIN)/python --constraint constraints.txt --editable ".[test]"
	touch $@

demo: .venv/.installed
	.venv/$(BIN)/voxweft dub "$(SRT)" -o demo.wav --report demo.json --subs-out demo.srt

# A host of the core alone for each Python found: tests that cross versions speak from one into another.
hosts: .venv-test/.installed
	.venv-test/$(BIN)/python scripts/hosts.py .hosts

# What a test needs of that isn't skipped here where it is missing.
test: .venv-test/.installed hosts
	VOXWEFT_TEST_PYTHONS=required scripts/check .venv-test/$(BIN)

# Kokoro in an environment that is built for it and in a real ComfyUI, its benchmarks and the nodes' once, and Firefox: minutes
# of loading.
test-slow: .venv-test/.installed hosts
	VOXWEFT_TEST_PYTHONS=required .venv-test/$(BIN)/python -m pytest -m slow

test-all: hosts
	for host in .hosts/*/; do echo "== $$host"; "$$host$(BIN)/python" -m pytest -q || exit 1; done

# The tests that need a real ComfyUI (COMFYUI_PATH, else ~/comfy/ComfyUI) fail here where there is none.
host-test: .venv-test/.installed
	VOXWEFT_TEST_HOST=required .venv-test/$(BIN)/python -m pytest -m host

bench: .venv-test/.installed
	.venv-test/$(BIN)/python -m benchmarks core --json bench-core.json

clean:
	rm -rf .venv .venv-test .hosts .check build dist *.egg-info demo.wav demo.json demo.srt bench-core.json
