"""The engines of this repository keep the rules that `voxweft engines test` checks.

eSpeak NG and new engines are in tests/cli/test_engine_kit.py, the tutorial's engine is in test_example.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from engine_environments import ENVIRONMENTS_HOME, environment_python
from fixtures_jobs import LIMIT_S, Command
from fixtures_pocket import checkpoint
from fixtures_whisper import MODEL, TINY

CONTRACT_LIMIT_S = 15 * LIMIT_S


def states(command: Command, *arguments: str | Path) -> dict[str, str]:
    """Return the lines of the checks by state: `failed` and `skipped` with the details."""
    done = command("engines", "test", *map(str, arguments), limit_s=CONTRACT_LIMIT_S)
    assert "Traceback" not in done.err, done.err
    lines = [line.split(None, 1) for line in done.out.splitlines()[:-1]]
    assert len(lines) == 19, done.out + done.err
    return {state: "\n".join(detail for other, detail in lines if other == state) for state in ("failed", "skipped")}


@pytest.mark.slow
def test_kokoro(tmp_path: Path) -> None:
    """With small random weights, in this Python."""
    pytest.importorskip("kokoro")
    from fixtures_kokoro import SPOKEN, quiet
    from kokoro_checkpoint import write_checkpoint

    with quiet():
        folder = write_checkpoint(tmp_path / "model", voices=tuple(voice for voice, _, _ in SPOKEN.values()))
    found = states(Command(tmp_path, OMP_NUM_THREADS="1"), "kokoro", "--model-path", folder)
    assert found["failed"] == ""
    assert [line.split("  ")[0] for line in found["skipped"].splitlines()] == ["batch"]


@pytest.mark.slow
def test_faster_whisper(tmp_path: Path) -> None:
    """With the small model, which knows English only, whatever its name promises."""
    pytest.importorskip("faster_whisper")
    options = ("--model", MODEL, "--model-path", TINY, "-p", "temperature_fallback=false")
    found = states(Command(tmp_path, OMP_NUM_THREADS="1"), "faster_whisper", *options)
    (failed,) = found["failed"].splitlines()
    assert failed.startswith("language ")
    assert "language 'de' is declared, but: this model supports English only" in failed


@pytest.mark.engines
def test_pocket_tts(tmp_path: Path) -> None:
    """With a small untrained model, in its own environment."""
    environment_python("pocket_tts")
    folder = checkpoint()
    settings = {"VOXWEFT_ENVIRONMENTS_HOME": str(ENVIRONMENTS_HOME), "VOXWEFT_ENVIRONMENT": "pocket_tts=own"}
    command = Command(tmp_path, OMP_NUM_THREADS="1", VOXWEFT_OFFLINE="1", **settings)
    assert states(command, "pocket_tts", "--model-path", folder)["failed"] == ""
