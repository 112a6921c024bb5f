"""The contracts of the nodes on the fakes of ComfyUI's API, and the progress that nodes show."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from node_contract import CONTRACTS, TEST_ENGINES, WITH_FUSSY_ENGINE
from pack_folder import FAKES, ROOT, surroundings
from paths import SUPPORT

from voxweft.jobs.progress import Progress

Results = dict[str, str | None]


def run_contracts(folder: Path, *, fussy: bool, **environment: str) -> Results:
    """Run the contracts on the fakes in a separate process, and return the result of each."""
    command = [sys.executable, str(SUPPORT / "run_contracts.py"), str(ROOT)]
    environment = os.environ | surroundings(folder) | environment
    environment.pop("VOXWEFT_ENGINES", None)
    if fussy:
        command.append("--fussy")
        environment["VOXWEFT_ENGINES"] = TEST_ENGINES
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    assert ran.stdout.count("\n") == 1, "only the result is printed"
    return json.loads(ran.stdout)["results"]


@pytest.fixture(scope="module")
def on_espeak(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run_contracts(tmp_path_factory.mktemp("espeak"), fussy=False)


@pytest.fixture(scope="module", params=["Exception", "BaseException"])
def on_fussy(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Results:
    # The base class of ComfyUI's interruption differs between 0.3.64 and the versions of 2026.
    return run_contracts(tmp_path_factory.mktemp("fussy"), fussy=True, FAKE_COMFY_INTERRUPT=request.param)


def check(results: Results, name: str) -> None:
    failure = results[name]
    if failure is not None and importlib.util.find_spec("torch") is None and "No module named 'torch'" in failure:
        pytest.skip("torch isn't installed (it is with the extra 'test'); ComfyUI brings it for users")
    assert failure is None, failure


@pytest.mark.parametrize("name", [name for name in CONTRACTS if name not in WITH_FUSSY_ENGINE])
def test_contract(on_espeak: Results, name: str) -> None:
    check(on_espeak, name)


@pytest.mark.skipif(
    importlib.util.find_spec("torch") is None,
    reason="torch isn't installed (it is with the extra 'test'): without it, every node fails",
)
@pytest.mark.parametrize("name", sorted(WITH_FUSSY_ENGINE))
def test_contract_with_an_engine_that_fails(on_fussy: Results, name: str) -> None:
    check(on_fussy, name)


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress(segments_total=3, message="espeak: loading"), "espeak: loading"),
        (Progress(segments_total=3, segments_done=1, audio_s=1.26), "1 of 3 segments, 1.3 s of audio"),
        (Progress(segments_done=2, audio_s=1.0), "2 segments, 1.0 s of audio"),
        (
            Progress(
                segments_total=9, segments_done=4, segments_cached=2, segments_failed=1, audio_s=7, remaining_s=4.6
            ),
            "4 of 9 segments, 7.0 s of audio, 2 from the cache, 1 failed, about 5 s left",
        ),
        (Progress(segments_total=2, segments_done=1, remaining_s=0.4), "1 of 2 segments, 0.0 s of audio"),
    ],
)
def test_progress_text(monkeypatch: pytest.MonkeyPatch, progress: Progress, text: str) -> None:
    monkeypatch.syspath_prepend(str(FAKES))
    from voxweft.nodes.comfy.progress import progress_text

    assert progress_text(progress) == text


def test_progress_is_shown_ten_times_a_second_including_the_last_update(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FAKES))
    from comfy.utils import set_progress_bar_global_hook

    from voxweft.nodes.comfy.progress import HostProgress

    shown: list[tuple[int, int]] = []
    now_s = 100.0
    set_progress_bar_global_hook(lambda value, total, *_, **__: shown.append((value, total)))
    try:
        progress = HostProgress(1000, None, clock=lambda: now_s)
    finally:
        set_progress_bar_global_hook(None)
    progress.update(Progress(segments_done=1))
    assert shown == [(1, 1000)], "the first update is shown immediately"
    for done in range(2, 500):
        progress.update(Progress(segments_done=done))
    assert len(shown) == 1
    now_s += 0.2
    progress.flush()
    assert shown[1:] == [(499, 1000)], "the latest pending update"
    now_s += 0.2
    progress.flush()
    assert len(shown) == 2, "nothing is shown without an update"
    progress.update(Progress(segments_done=500))
    progress.update(Progress(segments_done=1000))
    assert shown[2:] == [(500, 1000)]
    progress.flush(now=True)
    assert shown[3:] == [(1000, 1000)]


def test_audio_is_a_copy() -> None:
    torch = pytest.importorskip("torch", reason="torch isn't installed (it is with the extra 'test')")
    import numpy as np

    from voxweft.nodes.comfy.audio import as_audio

    block = np.arange(4, dtype=np.float32)
    block.flags.writeable = False
    audio = as_audio([block], 8000)
    audio["waveform"] += 1
    assert block.tolist() == [0, 1, 2, 3]
    assert audio["waveform"].dtype == torch.float32
    assert as_audio([block, block[:1]], 8000)["waveform"].tolist() == [[[0, 1, 2, 3, 0]]]
    assert tuple(as_audio([], 8000)["waveform"].shape) == (1, 1, 0)
