# `make demo`: hear it. `make test`: check it. Both work on a machine with Python 3.10+ (with venv) and make alone.
PYTHON ?= python3
SRT ?= examples/first-words.srt

ifeq ($(OS),Windows_NT)
BIN := Scripts
else
BIN := bin
endif

.PHONY: demo test host-test bench clean

# Two environments: the demo's holds the core alone, so that a newcomer waits seconds; the other one everything.
.venv/.installed: requirements.txt pyproject.toml
	"$(PYTHON)" -m venv .venv
	.venv/$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv-test/.installed: requirements.txt constraints.txt pyproject.toml
	"$(PYTHON)" -m venv .venv-test
	.venv-test/$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[test]"
	touch $@

demo: .venv/.installed
	.venv/$(BIN)/speechloom dub "$(SRT)" -o demo.wav --report demo.json --subs-out demo.srt

test: .venv-test/.installed
	scripts/check .venv-test/$(BIN)

# The tests that need a real ComfyUI (COMFYUI_PATH, else ~/comfy/ComfyUI) fail here where there is none.
host-test: .venv-test/.installed
	SPEECHLOOM_TEST_HOST=required .venv-test/$(BIN)/python -m pytest -m host

bench: .venv-test/.installed
	.venv-test/$(BIN)/speechloom bench core --json bench-core.json

clean:
	rm -rf .venv .venv-test .check build dist *.egg-info demo.wav demo.json demo.srt bench-core.json
