"""Measurements on small F5-TTS models, made with the engine's Python: `f5_program.py FOLDER_V0 FOLDER_V1 SCRATCH`.

Prints one line of JSON: results by name.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from voxweft.engines.errors import DeviceError, WeightsError
from voxweft.engines.f5_tts import batches
from voxweft.engines.f5_tts.adapter import F5Adapter
from voxweft.engines.f5_tts.errors import F5Error
from voxweft.engines.f5_tts.lengths import HOP_SAMPLES, RATE_HZ
from voxweft.utils.offline import refuse_egress
from voxweft.utils.streaming import (
    AdapterContext,
    AudioChunk,
    Blob,
    ReferenceVoice,
    SegmentNote,
    StreamingSegment,
    TextPayload,
)

TRANSCRIPT = "The rowers had come back before the storm"
TEXTS = (
    "Hello there.",
    "Who took the red one, and when?",
    "This one is quite a bit longer than the first, because somebody has to test what padding does.",
    "你好，世界。这是一个测试。",
    "No.",
)
LONG = " ".join(f"This is the sentence with the letter {letter}, and it goes on for a while." for letter in "abcdefgh")
STEPS = 6


def recording(number: int, seconds: float = 3.0) -> Any:
    """Return noise that stands for a recording."""
    noise = np.random.default_rng(number).standard_normal(round(seconds * RATE_HZ))
    return (0.1 * noise).astype(np.float32)


def adapter_of(folder: Path, model: str = "v1-base") -> F5Adapter:
    """Return a loaded adapter, whose recordings are named by their number."""
    adapter = F5Adapter()
    adapter.load(
        AdapterContext(
            model=model,
            model_path=folder,
            device="cpu",
            dtype="float32",
            params={},
            progress=lambda _message, _fraction: None,
            blob=lambda number: Blob(recording(int(number)).tobytes(), RATE_HZ),
        )
    )
    return adapter


def segment(
    text: str, *, voice: int = 0, seed: int = 1, speed: float = 1.0, transcript: str = TRANSCRIPT, **params: float
) -> StreamingSegment:
    """Return a segment in the voice of a recording."""
    return StreamingSegment(
        index=0,
        payload=TextPayload(text),
        engine="f5_tts",
        voice=ReferenceVoice(str(voice), transcript),
        seed=seed,
        speed=speed,
        params={"nfe_step": STEPS} | params,
    )


def never() -> bool:
    """Return that nothing is cancelled."""
    return False


def spoken(adapter: F5Adapter, one: StreamingSegment, cancelled: Callable[[], bool] = never) -> Any:
    """Return a segment's samples."""
    events = [event for event in adapter.stream(one, cancelled) if isinstance(event, AudioChunk)]
    return np.concatenate([event.samples for event in events] or [np.zeros(0, np.float32)])


def together(adapter: F5Adapter, many: list[StreamingSegment], cancelled: Any = None) -> tuple[list[Any], list[int]]:
    """Return the samples of segments that are spoken in one call, and the positions that were completed."""
    sounds: list[list[Any]] = [[] for _ in many]
    ended: list[int] = []
    for position, event in adapter.stream_many(many, cancelled or [never] * len(many)):
        if event is None:
            ended.append(position)
        elif isinstance(event, AudioChunk):
            sounds[position].append(event.samples)
    return [np.concatenate(found or [np.zeros(0, np.float32)]) for found in sounds], ended


def difference(first: Any, second: Any) -> float:
    """Return the largest difference of two sounds by the larger one's peak; 1 if their lengths differ."""
    if first.size != second.size:
        return 1.0
    return float(np.abs(first - second).max() / np.abs(first).max())


def of_package(adapter: F5Adapter) -> dict[str, float]:
    """Compare our loop with the package's own sampling, for a piece."""
    from f5_tts.model.cfm import CFM

    one = segment(TEXTS[2])
    job = adapter._job(one)
    (row,) = job.rows
    ours = adapter._network.speak([row], job.settings[0], [never])[0]
    cfm = CFM(transformer=adapter._network._dit, vocab_char_map=adapter._vocabulary._signs)
    reference = adapter._reference(one)
    torch.manual_seed(1)
    with torch.inference_mode():
        theirs, _ = cfm.sample(
            cond=reference.mel[None],
            text=adapter._package.pinyin([reference.text + TEXTS[2]]),
            duration=row.total_frames,
            steps=STEPS,
            cfg_strength=2.0,
            sway_sampling_coef=-1.0,
        )
    return {
        "error": float((ours - theirs[0, reference.n_frames :]).abs().max()),
        "range": float(theirs.max() - theirs.min()),
    }


def of_batch(adapter: F5Adapter) -> dict[str, Any]:
    """Compare segments that are spoken together with each alone."""
    many = [segment(text, seed=index, voice=index % 2) for index, text in enumerate((*TEXTS, LONG))]
    alone = [spoken(adapter, one) for one in many]
    sounds, ended = together(adapter, many)
    rows: dict[Any, Any] = {}
    for index, one in enumerate(many):
        job = adapter._job(one)
        rows |= {(index, at): (row, job.settings[at]) for at, row in enumerate(job.rows)}
    made = batches.batches_of(rows, is_cpu=True)
    return {
        "error": max(map(difference, alone, sounds)),
        "ended": sorted(ended),
        "sizes": [len(batch) for batch in made],
        "pieces": len(rows),
        "padded": max(len(batch) * rows[batch[0]][0].total_frames for batch in made if len(batch) > 1),
    }


def of_lengths(adapter: F5Adapter) -> dict[str, Any]:
    """Compare estimates with what is made."""
    texts = (TEXTS[1], TEXTS[3], LONG, "W", "!?", "a" * 300)
    wrong = []
    for text in texts:
        for speed in (0.5, 1.137, 2.0):
            one = segment(text, speed=speed, nfe_step=4, cfg_strength=0.0)
            (expected_s,) = adapter.estimate_duration(one, [speed])
            first = segment(text, speed=speed, nfe_step=4, first_steps=4, cfg_strength=0.0)
            for each in (one, first):
                n_samples = spoken(adapter, each).size
                if n_samples / RATE_HZ != expected_s or n_samples % HOP_SAMPLES:
                    wrong.append((text[:20], speed, n_samples / RATE_HZ, expected_s))
    job = adapter._job(segment(LONG))
    return {"wrong": wrong, "longest_frames": max(row.total_frames for row in job.rows), "pieces": len(job.rows)}


def of_repetition(adapter: F5Adapter) -> dict[str, bool]:
    """Return whether samples depend on the segment alone."""
    one, other = segment(LONG, seed=3), segment(TEXTS[1], voice=1, transcript="Other words, in another voice.")
    first, second = spoken(adapter, one), spoken(adapter, other)
    return {
        "again": np.array_equal(spoken(adapter, one), first),
        "other again": np.array_equal(spoken(adapter, other), second),
        "other seed": not np.array_equal(spoken(adapter, segment(LONG, seed=4)), first),
        "other voice": not np.array_equal(spoken(adapter, segment(LONG, seed=3, voice=1)), first),
        "finite": bool(np.isfinite(first).all() and np.abs(first).max() > 0.01),
        "joined without a click": bool(np.abs(np.diff(first)).max() < 0.5),
    }


def of_cancel(adapter: F5Adapter) -> dict[str, Any]:
    """Count the checks until a cancel is noticed, and compare what goes on with what is spoken alone."""
    calls = 0

    def third() -> bool:
        nonlocal calls
        calls += 1
        return calls > 7

    cancelled = spoken(adapter, segment(LONG), third)
    many = [segment(text, seed=index) for index, text in enumerate(TEXTS[:3])]
    alone = [spoken(adapter, one) for one in many]
    seen = [0]

    def later() -> bool:
        seen[0] += 1
        return seen[0] > 5

    sounds, ended = together(adapter, many, [never, later, never])
    return {
        "calls": calls,
        "samples": int(cancelled.size),
        "ended": sorted(ended),
        "error": max(difference(alone[index], sounds[index]) for index in (0, 2)),
    }


def of_text(adapter: F5Adapter) -> dict[str, Any]:
    """Return signs, and whether any text is either spoken or refused in words."""
    vocabulary = adapter._vocabulary
    signs = list(vocabulary._signs)
    random.seed(3)
    alphabet = "aZé ߧ“”«»…—-,.;!?0½你嗯こンー〜нЁёкमस्ते।قً؟한สั😀🇩🇪\u200d\u0301\u0000\n\tﬁＡ﷽𠮷"
    crashed = []
    for _ in range(1500):
        text = "".join(random.choices(alphabet, k=random.randint(0, 12)))
        try:
            vocabulary.rows(vocabulary.written(text))
        except F5Error:
            pass
        except Exception as error:
            crashed.append((text, repr(error)))
    return {
        "chinese": [signs[row] for row in vocabulary.rows(vocabulary.written("你好，世界"))],
        "marks": vocabulary.written("He said: „Ｎo“ – “yes” 😀…\n\n ok"),
        "crashed": crashed,
        "letters": refusal(lambda: spoken(adapter, segment("ⴰⵣⵓⵍ, hello ⴰ"))),
        "transcript": refusal(lambda: spoken(adapter, segment("Hello.", transcript="ⴰⵣⵓⵍ"))),
    }


def of_reference(adapter: F5Adapter) -> dict[str, Any]:
    """Return how a recording ends, and what a transcript does that isn't that of its recording."""
    reference = adapter._reference(segment("", voice=3))
    floor = float(np.log(1e-5))
    notes = []
    lengths = []
    for transcript in ("Hm", "word " * 400):
        one = segment(TEXTS[2], voice=4, transcript=transcript)
        notes.append([event.text for event in adapter.stream(one, never) if isinstance(event, SegmentNote)])
        lengths += adapter.estimate_duration(one, [1.0])
    made = adapter._voices.made
    spoken(adapter, segment("Again.", voice=3))
    return {
        "last": float((reference.mel[-1] - floor).abs().max()),
        "before": float(reference.mel[-8].max()),
        "frames": reference.n_frames,
        "mel": list(reference.mel.shape),
        "text": reference.text,
        "notes": notes,
        "lengths": lengths,
        "kept": adapter._voices.made == made,
        "silent": [int(spoken(adapter, segment(text)).size) for text in ("", "…!", "😀")],
        "without": refusal(lambda: spoken(adapter, segment("Hello.", transcript=""))),
        "a book": refusal(lambda: spoken(adapter, segment("Hello.", transcript="word " * 2000))),
    }


def refusal(action: Callable[[], object]) -> str:
    """Return the message of the error that an action raises."""
    try:
        action()
    except (F5Error, WeightsError, DeviceError) as error:
        return str(error)
    return "it wasn't refused"


def of_faults(folder: Path, scratch: Path) -> dict[str, str]:
    """Return what is said about folders that can't be used."""

    def changed(name: str, change: Callable[[Path], object]) -> str:
        copy = scratch / name
        shutil.copytree(folder, copy)
        change(copy)
        return refusal(lambda: adapter_of(copy))

    def edit(file: str, old: str, new: str) -> Callable[[Path], object]:
        def apply(copy: Path) -> object:
            text = (copy / file).read_text(encoding="utf-8")
            assert old in text
            return (copy / file).write_text(text.replace(old, new, 1), encoding="utf-8")

        return apply

    def cut(file: str) -> Callable[[Path], object]:
        return lambda copy: (copy / file).write_bytes((copy / file).read_bytes()[:-1000])

    def as_training(copy: Path) -> None:
        from safetensors.torch import load_file

        state = load_file(copy / "model.safetensors")
        (copy / "model.safetensors").unlink()
        torch.save({"ema_model_state_dict": state, "step": 3}, copy / "model.pt")

    def as_pickle(content: object) -> Callable[[Path], object]:
        def apply(copy: Path) -> None:
            (copy / "model.safetensors").unlink()
            torch.save(content, copy / "model.pt")

        return apply

    return {
        "a list": changed("list", as_pickle([1, 2])),
        "numbers": changed("numbers", as_pickle({"model_state_dict": {"transformer.text_embed": 5}})),
        "renamed": changed("renamed", lambda copy: (copy / "model.safetensors").rename(copy / "model.pt")),
        "no mapping": changed("no-mapping", lambda copy: (copy / "config.yaml").write_text("model: F5TTS_Base")),
        "no size": changed("no-size", edit("config.yaml", "dim_head: 16", "dim_head: 0")),
        "feed-forward": changed("feed-forward", edit("config.yaml", "depth: 3", "depth: 3\nff_mult: 4")),
        "vocabulary": changed("vocabulary", edit("vocab.txt", "zuo2\n", "")),
        "no vocabulary": changed("no-vocabulary", lambda copy: (copy / "vocab.txt").unlink()),
        "flags": changed("flags", edit("config.yaml", "depth: 3", "depth: 4")),
        "width": changed("width", edit("config.yaml", "dim: 64", "dim: 128")),
        "heads": changed("heads", edit("config.yaml", "\nheads: 4", "\nheads: 8")),
        "damaged": changed("damaged", cut("model.safetensors")),
        "no checkpoint": changed("no-checkpoint", lambda copy: (copy / "model.safetensors").unlink()),
        "no vocoder": changed("no-vocoder", lambda copy: (copy / "vocos" / "pytorch_model.bin").unlink()),
        "no vocoder settings": changed("no-settings", lambda copy: (copy / "vocos" / "config.yaml").unlink()),
        "damaged vocoder": changed("damaged-vocoder", cut("vocos/pytorch_model.bin")),
        "other vocoder": changed(
            "other-vocoder",
            edit("vocos/config.yaml", "hop_length: 256, padding: center}\n", "hop_length: 256, padding: same}\n"),
        ),
        "foreign class": changed("foreign-class", edit("vocos/config.yaml", "vocos.heads.ISTFTHead", "os.system")),
        "training": changed("training", as_training),
        "no device": refusal(lambda: _on_device(folder)),
    }


def _on_device(folder: Path) -> None:
    context = AdapterContext(
        model="v1-base",
        model_path=folder,
        device="mps",
        dtype="",
        params={},
        progress=lambda *_: None,
        blob=lambda _: None,
    )
    F5Adapter().load(context)


if __name__ == "__main__":
    torch.set_num_threads(1)
    refuse_egress("the test")
    old, new, scratch = map(Path, sys.argv[1:4])
    adapters = {"v0": adapter_of(old, "de"), "v1": adapter_of(new)}
    results: dict[str, Any] = {"package": {name: of_package(adapter) for name, adapter in adapters.items()}}
    results["batch"] = {name: of_batch(adapter) for name, adapter in adapters.items()}
    results["lengths"] = of_lengths(adapters["v1"])
    results["repetition"] = of_repetition(adapters["v1"])
    results["cancel"] = of_cancel(adapters["v1"])
    results["text"] = of_text(adapters["v1"])
    results["reference"] = of_reference(adapters["v1"])
    results["faults"] = of_faults(new, scratch)
    print(json.dumps(results))
