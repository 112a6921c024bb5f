"""A program that examines a small ChatterBox model in the engine's environment, and prints what it found as JSON.

`python chatterbox_probe.py FOLDER MODEL [CHECK ...]`. Nothing here judges: the tests do.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from chatterbox_checkpoint import STOP, small_layers

from voxweft.engines import AdapterContext, AudioChunk, Blob, ReferenceVoice, StreamingSegment, TextPayload
from voxweft.engines.chatterbox.adapter import ChatterboxAdapter
from voxweft.engines.chatterbox.codes import CodeModel, Piece, _Pass
from voxweft.engines.chatterbox.decoder import FlowDecoder
from voxweft.engines.chatterbox.text import normal_text
from voxweft.engines.chatterbox.vocoder import PieceVocoder, Vocoder
from voxweft.engines.chatterbox.voice import derive
from voxweft.engines.speech_tokens.ending import Ending
from voxweft.engines.speech_tokens.windows import Window
from voxweft.utils.offline import refuse_egress

TEXT = "Hello there, how are you?"
OTHERS = (
    "Hi there, you.",
    "This one is longer than the others, so that there is something to pad.",
    "And yet another.",
)
RATE_HZ = 24_000


def recording(number: int, seconds: float = 6.0) -> np.ndarray:
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    noise = np.random.default_rng(number).standard_normal(times.size)
    tone = np.sin(2 * np.pi * (110 + 40 * number) * times) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * times))
    return (0.3 * tone + 0.02 * noise).astype(np.float32)


def digest(samples: np.ndarray) -> str:
    return hashlib.sha256(samples.tobytes()).hexdigest()[:16]


def never() -> bool:
    return False


class Examined:
    """One loaded model, as its worker has it, and the package's own code over the same modules."""

    def __init__(self, folder: Path, model: str) -> None:
        self.folder, self.model = folder, model
        self.adapter = ChatterboxAdapter()
        self.adapter.load(self.context())
        self.parts = self.adapter._parts
        self.t3 = self.parts.t3
        self.turbo = self.adapter._architecture.turbo
        self.watched = self.adapter._architecture.watched

    def context(self) -> AdapterContext:
        return AdapterContext(
            model=self.model,
            model_path=self.folder,
            device="cpu",
            dtype="",
            params={},
            progress=lambda _message, _fraction: None,
            blob=lambda name: Blob(recording(int(name)).tobytes(), RATE_HZ),
        )

    def segment(
        self, text: str = TEXT, *, seed: int | None = 1, voice: int | None = None, language: str = "en", **params: Any
    ) -> StreamingSegment:
        return StreamingSegment(
            index=0,
            payload=TextPayload(text),
            engine="chatterbox",
            seed=seed,
            language=language,
            voice=None if voice is None else ReferenceVoice(str(voice)),
            params={"watermark": False, **params},
        )

    def heard(self, segment: StreamingSegment) -> np.ndarray:
        events = self.adapter.stream(segment, never)
        chunks = [event.samples for event in events if isinstance(event, AudioChunk)]
        return np.concatenate(chunks) if chunks else np.zeros(0, np.float32)

    def say(self, *args: Any, **more: Any) -> np.ndarray:
        return self.heard(self.segment(*args, **more))

    def say_many(
        self, segments: list[StreamingSegment], cancelled: list[Callable[[], bool]] | None = None
    ) -> list[np.ndarray]:
        chunks: list[list[np.ndarray]] = [[] for _ in segments]
        ended = []
        for position, event in self.adapter.stream_many(segments, cancelled or [never] * len(segments)):
            if event is None:
                ended.append(position)
            elif isinstance(event, AudioChunk):
                chunks[position].append(event.samples)
        self.ended = ended
        return [np.concatenate(part) if part else np.zeros(0, np.float32) for part in chunks]

    def piece(
        self, text: str = TEXT, *, seed: int = 3, limit: int = 60, cfg_weight: float = 0.5, **sampling: Any
    ) -> Piece:
        ids = self.adapter._tokens.ids(normal_text(text, turbo=self.turbo), "en")
        job = self.adapter._job(self.segment(text, seed=seed))
        return Piece(
            ids,
            job.voice,
            0.5,
            cfg_weight,
            job.sampling._replace(**sampling),
            torch.Generator().manual_seed(seed),
            Ending(limit, 25),
            never,
        )

    def codes(self, *pieces: Piece) -> list[list[int]]:
        found: list[list[int]] = [[] for _ in pieces]
        for row, code in CodeModel(self.t3, watched=self.watched).draw(pieces):
            if code is not None:
                found[row].append(code)
        return found

    # What the package does

    def package_tokens(self, piece: Piece, seed: int = 3) -> list[int]:
        """The package's own loop, from the global generator."""
        condition = piece.voice.t3_condition(0.5, "cpu", torch.float32)
        text = torch.tensor([piece.text])
        torch.manual_seed(seed)
        settings = piece.sampling
        with contextlib.redirect_stderr(io.StringIO()):
            if self.turbo:
                return self.t3.inference_turbo(
                    condition,
                    text,
                    settings.temperature,
                    settings.top_k,
                    settings.top_p,
                    settings.repetition_penalty,
                    max_gen_len=59,
                )[0].tolist()
            kind = type(self.t3.hp)
            with mock.patch.object(kind, "is_multilingual", self.watched):
                drawn = self.t3.inference(
                    t3_cond=condition,
                    text_tokens=text.repeat(2, 1),
                    max_new_tokens=60,
                    temperature=settings.temperature,
                    top_p=settings.top_p,
                    min_p=settings.min_p,
                    repetition_penalty=settings.repetition_penalty,
                    cfg_weight=piece.cfg_weight,
                )[0].tolist()
        return drawn[: drawn.index(STOP)] if STOP in drawn else drawn


# The checks: each returns something that can be written as JSON.


def tokens_equal_package(it: Examined) -> dict[str, Any]:
    """Several seeds and settings."""
    results = []
    for seed, more in ((3, {}), (4, {"temperature": 1.0}), (5, {"top_p": 0.7}), (6, {"repetition_penalty": 1.7})):
        piece = it.piece(seed=seed, **more)
        theirs = it.package_tokens(piece, seed)
        if it.watched:
            restore(it)
        ours = it.codes(piece)[0]
        results.append([[token for token in theirs if token < 6561] == ours, len(ours)])
    return {"equal": [result[0] for result in results], "lengths": [result[1] for result in results]}


def restore(it: Examined) -> None:
    """Undo what the package's loop leaves behind."""
    for layer in it.t3.tfmr.layers:
        layer.self_attn._forward_hooks.clear()
    it.t3.tfmr.config._attn_implementation = "sdpa"
    it.t3.tfmr.config.output_attentions = False


def batch(it: Examined) -> dict[str, Any]:
    """Tokens together and alone, with and without guidance in one pass."""
    texts = (TEXT, *OTHERS)
    settings = ({}, {"cfg_weight": 0.0}, {"temperature": 1.2}, {})

    def pieces() -> list[Piece]:
        return [
            it.piece(text, seed=seed, **more) for seed, (text, more) in enumerate(zip(texts, settings, strict=True))
        ]

    together = it.codes(*pieces())
    alone = [it.codes(piece)[0] for piece in pieces()]
    segments = [it.segment(text, seed=seed) for seed, text in enumerate(texts)]
    segments.append(it.segment("One by tokens, in the same pass.", streaming="tokens"))
    sound = it.say_many(segments)
    ended = list(it.ended)
    single = [it.heard(segment) for segment in segments]
    return {
        "tokens_equal": together == alone,
        "lengths": [len(codes) for codes in alone],
        "sizes_equal": [a.size == b.size for a, b in zip(sound, single, strict=True)],
        "difference": max(float(np.abs(a - b).max()) for a, b in zip(sound, single, strict=True)),
        "ended": ended,
    }


def batch_cancel(it: Examined) -> dict[str, Any]:
    """One of three is cancelled after ten tokens."""
    calls = 0

    def soon() -> bool:
        nonlocal calls
        calls += 1
        return calls > 10

    texts = (TEXT, *OTHERS[:2])
    segments = [it.segment(text, seed=seed) for seed, text in enumerate(texts)]
    found = it.say_many(segments, [never, soon, never])
    alone = [it.say(text, seed=seed) for seed, text in enumerate(texts)]
    return {
        "ended": it.ended,
        "cancelled_samples": int(found[1].size),
        "others_equal": [digest(found[i]) == digest(alone[i]) for i in (0, 2)],
    }


def cancel_tokens(it: Examined) -> dict[str, Any]:
    """How many forward passes are made after a cancel."""
    passes = []
    with mock.patch.object(it.t3.tfmr, "forward", wraps=it.t3.tfmr.forward) as forward:
        events = list(
            it.adapter.stream(it.segment(), lambda: bool(passes.append(forward.call_count)) or forward.call_count >= 7)
        )
    return {"passes": forward.call_count, "events": len(events)}


def repeatable(it: Examined) -> dict[str, Any]:
    """The same segment before and after others, with the global generator in different states."""
    torch.manual_seed(1)
    first = digest(it.say())
    state = torch.get_rng_state()
    for text in OTHERS:
        it.say(text, seed=9, voice=2)
    torch.manual_seed(2)
    again = digest(it.say())
    torch.set_rng_state(state)
    before = torch.get_rng_state()
    unseeded = [digest(it.say(seed=None)) for _ in range(2)]
    return {
        "same": first == again,
        "other_seed": digest(it.say(seed=2)) != first,
        "other_text": digest(it.say(OTHERS[0])) != first,
        "unseeded_differ": unseeded[0] != unseeded[1],
        "global_state_unchanged": bool(torch.equal(before, torch.get_rng_state())),
    }


def voices(it: Examined) -> dict[str, Any]:
    """Two voices in turn, and what is kept of them."""
    alone = {voice: digest(it.say(voice=voice)) for voice in (1, 2)}
    # A random model hardly heeds it: what it is given shows it.
    given = [_Pass(it.t3, [it.piece()._replace(exaggeration=value)], watched=False)._given for value in (0.5, 1.5)]
    turns = [(voice, digest(it.say(voice=voice))) for voice in (1, 2, 1, 1, 2)]
    kept = it.adapter._voices
    before = [[tensor.clone() for tensor in voice] for voice, _ in kept._kept.values()]
    it.say(voice=1, streaming="tokens")
    it.say(voice=2, exaggeration=1.5, cfg_weight=0.0)
    after = [list(voice) for voice, _ in kept._kept.values()]
    unchanged = all(
        torch.equal(a, b) and a.dtype == b.dtype
        for x in before
        for a, b in zip(
            x,
            min(
                after,
                key=lambda y: (
                    sum(not torch.equal(p, q) for p, q in zip(x, y, strict=True) if p.shape == q.shape)
                    + sum(p.shape != q.shape for p, q in zip(x, y, strict=True))
                ),
            ),
            strict=True,
        )
    )
    return {
        "differ": alone[1] != alone[2],
        "no_trace": all(alone[voice] == sound for voice, sound in turns),
        "made": kept.made,
        "unchanged": unchanged,
        "exaggeration_matters": not torch.equal(*given),
        "in_the_model": sorted(
            name for name in vars(it.parts.t3) | vars(it.parts.decoder) if "cond" in name and name != "cond_enc"
        ),
    }


def no_guidance(it: Examined) -> dict[str, Any]:
    """How many rows a pass has without guidance."""
    rows = []
    forward = it.t3.tfmr.forward
    with mock.patch.object(
        it.t3.tfmr, "forward", side_effect=lambda **more: rows.append(len(more["inputs_embeds"])) or forward(**more)
    ):
        samples = it.say(cfg_weight=0.0)
        alone = set(rows)
        rows.clear()
        it.say()
    return {
        "samples": int(samples.size),
        "rows": sorted(alone),
        "rows_guided": sorted(set(rows)),
        "finite": bool(np.isfinite(samples).all()),
    }


def wide_numbers(it: Examined) -> dict[str, Any]:
    """A recording in float64 and in float32."""
    clips = recording(1).astype(np.float64), recording(1)
    found = [derive(it.parts, it.adapter._architecture, clip, RATE_HZ) for clip in clips]
    return {
        "equal": all(torch.equal(a, b) for a, b in zip(*found, strict=True)),
        "dtypes": [str(tensor.dtype) for tensor in found[0]],
    }


def leftovers(it: Examined) -> dict[str, Any]:
    """What is left on the layers after many segments."""
    before = _hooks(it)
    for seed in range(4):
        it.say(seed=seed)
    return {
        "new_hooks": _hooks(it) - before,
        "attention": it.t3.tfmr.config._attn_implementation,
        "output_attentions": bool(it.t3.tfmr.config.output_attentions),
    }


def _hooks(it: Examined) -> int:
    return sum(len(module._forward_hooks) for module in it.t3.modules())


def invalid_codes(it: Examined) -> dict[str, Any]:
    """Tokens beyond the decoder's codes, which a random model draws often."""
    piece = it.piece(limit=200, temperature=3.0, min_p=0.0)
    codes = it.codes(piece)[0]
    return {
        "drawn": sum(token >= 6561 for token in piece.ending._tokens),
        "passed_on": sum(code >= 6561 for code in codes),
        "n_codes": len(codes),
    }


def windows(it: Examined) -> dict[str, Any]:
    """Audio by tokens against the whole."""
    whole, parts = it.say(seed=5), it.say(seed=5, streaming="tokens")
    events = it.adapter.stream(it.segment(seed=5, streaming="tokens"), never)
    chunks = [event for event in events if isinstance(event, AudioChunk)]
    jumps = np.abs(np.diff(parts))
    return {
        "sizes": [int(whole.size), int(parts.size)],
        "again": digest(parts) == digest(it.say(seed=5, streaming="tokens")),
        "n_chunks": len(chunks),
        "finite": bool(np.isfinite(parts).all()),
        "start_equal": bool(np.array_equal(whole[:400], parts[:400])),
        "largest_jump_ratio": float(jumps.max() / np.abs(np.diff(whole)).max()),
    }


def one_window(it: Examined) -> dict[str, Any]:
    """The package's decoder and vocoder from the same noise."""
    voice = it.adapter._job(it.segment()).voice
    decoder = it.parts.decoder
    noise = torch.Generator().manual_seed(4)
    codes = torch.randint(0, 6561, (1, 40), generator=noise)
    steps = 2 if it.turbo else 10
    n_frames = voice.decoder_mel.shape[1] + 80
    given = torch.randn(1, 80, n_frames, generator=noise)
    prompt = {
        "prompt_token": voice.decoder_codes.clone(),
        "prompt_token_len": torch.tensor([voice.decoder_codes.shape[1]]),
        "prompt_feat": voice.decoder_mel.clone(),
        "prompt_feat_len": None,
        "embedding": voice.decoder_speaker.clone(),
    }
    with torch.inference_mode(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        theirs, _ = decoder.flow.inference(
            token=codes,
            token_len=torch.tensor([40]),
            finalize=True,
            n_timesteps=steps,
            noised_mels=given,
            meanflow=decoder.meanflow,
            **prompt,
        )
        ours = FlowDecoder(decoder).decode(codes[0].tolist(), voice, given, steps, never)
        torch.manual_seed(8)
        their_sound, their_source = decoder.mel2wav.inference(speech_feat=theirs)
        their_sound[:, : len(decoder.trim_fade)] *= decoder.trim_fade
        # The same random numbers, in the order in which the package draws them.
        torch.manual_seed(8)
        vocoder = Vocoder(decoder)
        phases = torch.distributions.Uniform(-np.pi, np.pi).sample((1, vocoder.n_harmonics, 1))[0, :, 0]
        phases[0] = 0
        random = torch.randn(1, vocoder.n_harmonics, 80 * 480)
        pitch = vocoder.pitch(theirs)
        source, _ = vocoder.source(pitch, torch.zeros(vocoder.n_harmonics), phases, random[0])
        sound = vocoder.samples(theirs, source)
        sound[: len(vocoder.fade_in)] *= vocoder.fade_in
    scale = float(theirs.abs().mean())
    return {
        "mel_difference": float((ours - theirs).abs().max()) / scale,
        "source_difference": float((source - their_source[0, 0]).abs().max()),
        "sound_difference": float((sound - their_sound[0]).abs().max() / their_sound.abs().max()),
    }


def seams(it: Examined) -> dict[str, Any]:
    """The vocoder in windows over frames that don't change: nothing but its own seams."""
    n_codes = 120
    mel = -4 + 0.5 * torch.randn(1, 80, 2 * n_codes, generator=torch.Generator().manual_seed(2)).cumsum(2) / 4
    vocoder = Vocoder(it.parts.decoder)
    whole = PieceVocoder(vocoder, 7, "cpu").samples(mel, Window(0, 0, n_codes, n_codes))
    parts = PieceVocoder(vocoder, 7, "cpu")
    plan = [Window(0, 0, 25, 28), Window(0, 25, 75, 78), Window(25, 75, n_codes, n_codes)]
    joined = np.concatenate([parts.samples(mel[:, :, 2 * w.begin : 2 * w.final], w) for w in plan])
    return {"sizes": [whole.size, joined.size], "difference": float(np.abs(whole - joined).max() / np.abs(whole).max())}


def empty_texts(it: Examined) -> dict[str, Any]:
    return {text: int(it.say(text).size) for text in ("", " ", "…", "!?", "“”")} | {"a": int(it.say("a").size)}


def quiet(it: Examined) -> dict[str, Any]:
    """What is printed while a model is loaded and speaks, with the watermark."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        fresh = Examined(it.folder, it.model)
        fresh.say(watermark=True)
    return {"stdout": said.getvalue()}


def watermark(it: Examined) -> dict[str, Any]:
    """The package's own detector on whole and streamed audio, with and without."""
    text = " ".join((TEXT, *OTHERS))
    sound = {
        "whole": it.say(text, watermark=True),
        "streamed": it.say(text, watermark=True, streaming="tokens"),
        "without": it.say(text, watermark=False),
    }
    detector = it.adapter._speaker.watermark()._package
    noise = np.random.default_rng(0)
    found = {
        name: float(
            np.mean(
                detector.get_watermark(
                    samples + 1e-4 * noise.standard_normal(samples.size).astype(np.float32),
                    sample_rate=RATE_HZ,
                    round=False,
                )
            )
        )
        for name, samples in sound.items()
    }
    plain = it.say(text, watermark=False, streaming="tokens")
    whole_mark, stream_mark = sound["whole"] - sound["without"], sound["streamed"] - plain
    return found | {
        "sizes": [int(s.size) for s in sound.values()],
        "mark_rms": [float(np.sqrt(np.mean(mark**2))) for mark in (whole_mark, stream_mark)],
    }


class _Broken:
    """Replaces the model's last layer for a while: never the stop token, or one token for ever."""

    def __init__(self, it: Examined, favorite: int | None, after: int = 10) -> None:
        self._head = it.t3.speech_head
        self._favorite, self._after, self._step = favorite, after, 0

    def __enter__(self) -> None:
        self._hook = self._head.register_forward_hook(self._change)

    def __exit__(self, *_error: object) -> None:
        self._hook.remove()

    def _change(self, _module: object, _given: object, logits: Any) -> Any:
        self._step += 1
        logits = logits.clone()
        logits[..., STOP] = -100
        if self._favorite is not None and self._step % 200 > self._after:
            logits[..., self._favorite] = 1000
        return logits


def faults(it: Examined) -> dict[str, Any]:
    notes: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            notes.append(record.getMessage())

    logging.getLogger("voxweft").addHandler(Keeper())
    found: dict[str, Any] = {}

    def spoken(segment: StreamingSegment) -> int:
        n_samples = 0
        for event in it.adapter.stream(segment, never):
            if isinstance(event, AudioChunk):
                n_samples += event.samples.size
            else:
                notes.append(event.text)
        return n_samples

    def attempt(name: str, favorite: int | None, segment: StreamingSegment, after: int = 10) -> None:
        notes.clear()
        try:
            with _Broken(it, favorite, after):
                found[name] = {"seconds": spoken(segment) / RATE_HZ}
        except Exception as error:
            found[name] = {"error": str(error)}
        found[name]["notes"] = list(notes)

    attempt("one_word", None, it.segment("Hello."))
    attempt("two_words", None, it.segment("Hi you."))
    attempt("silence", 4299, it.segment("Hello."))
    attempt("streamed_silence", 4299, it.segment("Hello.", streaming="tokens"), after=60)
    attempt("streamed_endless", None, it.segment("Hello.", streaming="tokens"))
    # The first attempt loses its way, the second doesn't.
    notes.clear()
    broken = _Broken(it, 4299)
    draw = CodeModel.draw

    def draw_once(model: CodeModel, pieces: Any) -> Any:
        if broken._step == 0:
            with broken:
                yield from draw(model, pieces)
        else:
            yield from draw(model, pieces)

    with mock.patch.object(CodeModel, "draw", draw_once):
        found["second_try"] = {"seconds": spoken(it.segment("Hello.")) / RATE_HZ, "notes": list(notes)}
    return found


def languages(it: Examined) -> dict[str, Any]:
    """A text in each language, and its tokens and notes."""
    texts = {
        "ar": "مرحبا",
        "da": "Hej på dig, æøå",
        "de": "Guten Tag, schöne Grüße",
        "el": "Γειά σου",
        "en": "Hello",
        "es": "¿Cómo está señor?",
        "fi": "Hyvää päivää",
        "fr": "Où êtes-vous ?",
        "he": "שלום",
        "hi": "नमस्ते",
        "it": "Perché no",
        "ja": "今日はいい天気です",
        "ko": "안녕하세요",
        "ms": "Selamat pagi",
        "nl": "Goedemorgen",
        "no": "God morgen, æøå",
        "pl": "Dzień dobry, źdźbło",
        "pt": "Não há lições",
        "ru": "Привет, мир",
        "sv": "God morgon, åäö",
        "sw": "Habari ya asubuhi",
        "tr": "Günaydın, şğı",
        "zh": "你好世界",
    }
    found = {}
    for language, text in texts.items():
        ids = it.adapter._tokens.ids(normal_text(text), language)
        found[language] = {
            "n": len(ids),
            "unknown": ids.count(1),
            "first": ids[1],
            "note": it.adapter._tokens.note(language),
        }
    found["spoken"] = {
        language: int(it.say(texts[language], language=language).size) for language in ("de", "zh", "ja")
    }
    segmenter = it.adapter._tokens._package.cangjie_converter.segmenter
    found["segments"] = {"words": segmenter.cut("你好世界")}
    return found


def sounds(it: Examined) -> dict[str, Any]:
    tags = it.adapter._facts.tags
    ids = {tag: it.adapter._tokens.ids(normal_text(f"Well, [{tag}] yes.", tags, turbo=True), "en") for tag in tags}
    return {
        "ids": {tag: [number for number in row if number >= 50257] for tag, row in ids.items()},
        "spoken": int(it.say("[laugh]").size),
    }


def short_recording(it: Examined) -> dict[str, Any]:
    it.adapter._blob = lambda _name: Blob(recording(1, 0.4).tobytes(), RATE_HZ)
    try:
        it.say(voice=77)
    except ValueError as error:
        return {"error": str(error)}
    return {"error": ""}


COMMON = (
    tokens_equal_package,
    batch,
    batch_cancel,
    cancel_tokens,
    repeatable,
    voices,
    leftovers,
    invalid_codes,
    windows,
    one_window,
    seams,
    faults,
)
CHECKS: dict[str, tuple[Callable[[Examined], dict[str, Any]], ...]] = {
    "english": (*COMMON, no_guidance, empty_texts, quiet, watermark, short_recording),
    "multilingual-v3": (tokens_equal_package, batch, repeatable, invalid_codes, languages),
    "multilingual-v2": (tokens_equal_package, batch, repeatable, leftovers, languages),
    "turbo": (
        tokens_equal_package,
        batch,
        repeatable,
        voices,
        one_window,
        windows,
        wide_numbers,
        sounds,
        quiet,
        short_recording,
    ),
    "nano": (tokens_equal_package, repeatable, sounds),
}


def main(folder: Path, model: str, *names: str) -> None:
    torch.set_num_threads(1)
    refuse_egress("the probe")
    with small_layers(model):
        it = Examined(folder, model)
        found = {}
        for check in CHECKS[model]:
            if names and check.__name__ not in names:
                continue
            try:
                found[check.__name__] = check(it)
            except Exception:
                found[check.__name__] = {"crashed": traceback.format_exc()}
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
