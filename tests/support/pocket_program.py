"""Measurements on small Pocket-TTS models, made with the engine's Python: `pocket_program.py FOLDER ENDLESS SILENT`.

ENDLESS finds no end, SILENT can't clone voices. Prints one line of JSON: results by name.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pocket_tts.modules.stateful_module import init_states

from voxweft.engines.pocket_tts.adapter import PocketAdapter
from voxweft.engines.pocket_tts.errors import PocketError
from voxweft.engines.pocket_tts.model import Noise, PocketModel, copy_of
from voxweft.utils.streaming import AdapterContext, Blob, ReferenceVoice, StreamingSegment, TextPayload

RATE_HZ = 24_000
TEXT = "A short test of it."
SETTINGS: dict[str, Any] = {"temperature": 0.7, "steps": 1, "cancelled": lambda: False}


def recording(seed: int, seconds: float = 3.0) -> Any:
    """Return noise that stands for a recording."""
    noise = np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ))
    return (0.1 * noise).astype(np.float32)


def adapter_of(folder: Path) -> tuple[PocketAdapter, list[str]]:
    """Return a loaded adapter whose recordings are named by their seed, and the digests that it fetched."""
    fetched: list[str] = []

    def blob(digest: str) -> Blob:
        fetched.append(digest)
        return Blob(recording(int(digest)).tobytes(), RATE_HZ)

    adapter = PocketAdapter()
    context = AdapterContext(
        model="english",
        model_path=folder,
        device="cpu",
        dtype="float32",
        params={"config": "english_2026-09"},
        progress=lambda message, fraction: None,
        blob=blob,
    )
    adapter.load(context)
    return adapter, fetched


def segment(text: str, voice: int = 0, seed: int | None = 1, **params: float) -> StreamingSegment:
    """Return a segment in the voice of a recording."""
    return StreamingSegment(
        index=0,
        payload=TextPayload(text),
        engine="pocket_tts",
        voice=ReferenceVoice(str(voice)),
        seed=seed,
        params=params,
    )


def spoken(adapter: PocketAdapter, of: StreamingSegment) -> Any:
    """Return a segment's samples."""
    chunks = [chunk.samples for chunk in adapter.stream(of, lambda: False)]
    return np.concatenate(chunks) if chunks else np.zeros(0, np.float32)


def package(folder: Path) -> dict[str, bool]:
    """Whether our loop gives the bits of the package's, one frame a call, for a piece and for several."""
    model = PocketModel.load(folder, "english_2026-09")
    model._tts.max_decoder_frames_per_call = 1
    model._tts.temp = SETTINGS["temperature"]
    voice = model.voice(recording(0))
    kept = copy_of(voice)
    same = {}
    for name, text in (("piece", TEXT), ("mark", "Why?"), ("accent", "it isn’t")):
        ours = np.concatenate(list(model.speak(model.prompt(text), copy_of(voice), Noise(5), **SETTINGS)))
        torch.manual_seed(5)
        theirs = torch.cat(list(model._tts.generate_audio_stream(copy_of(voice), text))).numpy()
        same[name] = np.array_equal(ours, theirs)
    same["voice unchanged"] = all(
        torch.equal(value, kept[module][name]) for module, of in voice.items() for name, value in of.items()
    )
    return same


def windows(folder: Path) -> dict[str, float]:
    """The largest difference of frames that were decoded one by one from the decode of all at once."""
    model = PocketModel.load(folder, "english_2026-09")
    latents = list(model._latents(model.prompt(TEXT), model.voice(recording(0)), Noise(1), 0.7, 1, lambda: False))
    decode = model._decoder(len(latents))
    streamed = np.concatenate([decode(latent) for latent in latents])
    flow, state = model._flow, init_states(model._mimi, batch_size=1, sequence_length=16 * len(latents))
    whole = model._mimi.decode_from_latent(torch.cat(latents, 1) * flow.emb_std + flow.emb_mean, state)[0, 0].numpy()
    faded = round(0.005 * RATE_HZ)
    return {"window_error": float(np.abs(streamed - whole)[faded:].max()), "peak": float(np.abs(whole).max())}


def repetition(folder: Path) -> dict[str, bool]:
    """Whether a segment's bits depend on anything but the segment."""
    adapter, _ = adapter_of(folder)
    first = spoken(adapter, segment(TEXT))
    results = {"again": np.array_equal(first, spoken(adapter, segment(TEXT)))}
    for other in (
        segment("Something else, and longer.", 1, 9),
        segment("Hm.", 2, None),
        segment(TEXT, 0, 1, temperature=1.0),
    ):
        spoken(adapter, other)
    results["after others"] = np.array_equal(first, spoken(adapter, segment(TEXT)))

    torch.manual_seed(0)
    outer = torch.get_rng_state()
    streams: list[Iterator[Any]] = [adapter.stream(segment(TEXT, voice), lambda: False) for voice in (0, 1)]
    parts: list[list[Any]] = [[], []]
    for one, other in zip(*streams, strict=True):
        parts[0].append(one.samples)
        parts[1].append(other.samples)
    results["while another speaks"] = np.array_equal(first, np.concatenate(parts[0]))
    results["global generator untouched"] = torch.equal(outer, torch.get_rng_state())
    results["another voice is another"] = not np.array_equal(parts[0], parts[1])
    results["another seed is another"] = not np.array_equal(first, spoken(adapter, segment(TEXT, 0, 2)))
    results["no seed is another"] = not np.array_equal(*(spoken(adapter, segment(TEXT, 0, None)) for _ in range(2)))
    fresh, _ = adapter_of(folder)
    results["with the model loaded again"] = np.array_equal(first, spoken(fresh, segment(TEXT)))
    pieces = "One two three four five six seven. " * 4
    results["several pieces"] = np.array_equal(*(spoken(adapter, segment(pieces)) for _ in range(2)))
    return results


def voices(folder: Path) -> dict[str, Any]:
    """How often a recording was fetched and its state made, for four segments in two voices."""
    adapter, fetched = adapter_of(folder)
    for number in range(4):
        spoken(adapter, segment(TEXT, number % 2))
    return {"fetched": fetched, "made": adapter._voices.made, "n_bytes": adapter._voices.n_bytes}


def lengths(folder: Path) -> dict[str, Any]:
    """Chunks, their sizes, and texts without words."""
    adapter, _ = adapter_of(folder)
    long = "One two three four five six seven, eight nine ten eleven twelve. " * 3
    chunks = [chunk.samples for chunk in adapter.stream(segment(long), lambda: False)]
    return {
        "sizes": sorted({chunk.size for chunk in chunks}),
        "dtypes": sorted({str(chunk.dtype) for chunk in chunks}),
        "finite": all(bool(np.isfinite(chunk).all()) for chunk in chunks),
        "frames": len(chunks),
        "pieces": len(adapter._pieces(" ".join(long.split()))),
        "longest piece": max(map(adapter._model.n_tokens, adapter._pieces(" ".join(long.split())))),
        "silent": [spoken(adapter, segment(text)).size for text in ("", "   ", "...", "?!", "—", "“”")],
    }


def endless(folder: Path) -> dict[str, Any]:
    """What a model says that finds no end, and how many frames are made after a cancel."""
    adapter, _ = adapter_of(folder)
    samples = 0
    message = ""
    try:
        for chunk in adapter.stream(segment("Hm."), lambda: False):
            samples += chunk.samples.size
    except PocketError as error:
        message = str(error)
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 10

    after_cancel = sum(1 for _ in adapter.stream(segment("Hm."), cancelled))
    return {"message": message, "seconds": samples / RATE_HZ, "frames after cancel": after_cancel}


def refused(folder: Path) -> dict[str, str]:
    """The messages about a folder and voices that can't be used."""
    try:
        adapter, _ = adapter_of(folder)
    except PocketError as error:
        return {"load": str(error)}
    messages = {"load": ""}
    wrong_rate = StreamingSegment(
        index=0, payload=TextPayload("Hi."), engine="pocket_tts", voice=ReferenceVoice("9"), seed=0
    )
    adapter._blob = lambda digest: Blob(recording(0).tobytes(), 16_000)
    for name, of in (
        ("voice", StreamingSegment(index=0, payload=TextPayload("Hi."), engine="pocket_tts")),
        ("rate", wrong_rate),
    ):
        try:
            spoken(adapter, of)
        except PocketError as error:
            messages[name] = str(error)
    return messages


if __name__ == "__main__":
    model, endless_model, silent_model = map(Path, sys.argv[1:])
    found: dict[str, Any] = {check.__name__: check(model) for check in (package, windows, repetition, voices, lengths)}
    found |= {"endless": endless(endless_model), "refused": refused(model), "silent": refused(silent_model)}
    print(json.dumps(found))
