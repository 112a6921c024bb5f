"""A program that examines small MiraTTS models in the engine's environment, and prints what it found as JSON.

`python mira_probe.py FOLDER ENDLESS LOOPS CHANNELS [CHECK ...]`: folders of models, written with these options. Nothing
here judges: the tests do.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mira_checkpoint import MARKS, STOP, Upsampler

from voxweft.engines import AdapterContext, AudioChunk, Blob, ReferenceVoice, SegmentNote, StreamingSegment, TextPayload
from voxweft.engines.errors import WeightsError
from voxweft.engines.mira_tts.adapter import MiraAdapter
from voxweft.engines.mira_tts.codec import RATE_HZ, TOKEN_SAMPLES
from voxweft.engines.mira_tts.errors import MiraError
from voxweft.engines.mira_tts.prompt import VoiceTokens
from voxweft.engines.mira_tts.sound import PieceSound
from voxweft.engines.mira_tts.text import normal_text
from voxweft.engines.mira_tts.tokens import Row
from voxweft.engines.mira_tts.upsampler import FlashSR
from voxweft.engines.speech_tokens.ending import Ending
from voxweft.engines.speech_tokens.sampling import Sampling
from voxweft.utils.offline import refuse_egress

TEXT = "Hello there, how are you?"
OTHERS = (
    "Hi there, you.",
    "This one is longer than the others, so that there is something to pad.",
    "And yet another.",
)
SPOKEN = "It was a day in May."
PLAIN = Sampling(temperature=0.8, min_p=0.05, top_p=0.95, top_k=50, repetition_penalty=1.2)


def recording(number: int, seconds: float = 4.0) -> np.ndarray:
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    noise = np.random.default_rng(number).standard_normal(times.size)
    tone = np.sin(2 * np.pi * (110 + 40 * number) * times) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * times))
    return (0.3 * tone + 0.02 * noise).astype(np.float32)


def never() -> bool:
    return False


class Examined:
    """One loaded model, as its worker has it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.adapter = MiraAdapter()
        self.adapter.load(self.context())
        self.codec = self.adapter._codec
        self.tokens = self.adapter._tokens
        self.vocabulary = self.adapter._speaker._vocabulary

    def context(self) -> AdapterContext:
        return AdapterContext(
            model="mira",
            model_path=self.folder,
            device="cpu",
            dtype="",
            params={},
            progress=lambda _message, _fraction: None,
            blob=lambda name: Blob(recording(int(name)).tobytes(), RATE_HZ),
        )

    def segment(
        self, text: str = TEXT, *, seed: int | None = 1, voice: int = 0, transcript: str | None = None, **params: Any
    ) -> StreamingSegment:
        return StreamingSegment(
            index=0,
            payload=TextPayload(text),
            engine="mira_tts",
            seed=seed,
            language="en",
            voice=ReferenceVoice(str(voice), transcript),
            params=params,
        )

    def events(self, *args: Any, **more: Any) -> list[Any]:
        return list(self.adapter.stream(self.segment(*args, **more), never))

    def say(self, *args: Any, **more: Any) -> np.ndarray:
        return joined(self.events(*args, **more))

    def say_many(
        self, segments: list[StreamingSegment], cancelled: list[Callable[[], bool]] | None = None
    ) -> tuple[list[np.ndarray], list[int]]:
        events: list[list[Any]] = [[] for _ in segments]
        ended = []
        for position, event in self.adapter.stream_many(segments, cancelled or [never] * len(segments)):
            if event is None:
                ended.append(position)
            else:
                events[position].append(event)
        return [joined(part) for part in events], ended

    def row(self, text: str = TEXT, *, seed: int = 3, limit: int = 60, voice: VoiceTokens, **sampling: Any) -> Row:
        prompt = self.vocabulary.prompt(normal_text(text), voice)
        return Row(prompt, voice.spoken, PLAIN._replace(**sampling), seed, Ending(limit, 50), never)

    def drawn(self, *rows: Row) -> list[list[int]]:
        found: list[list[int]] = [[] for _ in rows]
        for index, token in self.tokens.draw(rows):
            if token is not None:
                found[index].append(token)
        return found

    def voice(self, number: int = 0, *, with_speech: bool = False) -> VoiceTokens:
        return self.codec.voice(recording(number), with_speech=with_speech)


def joined(events: Sequence[Any]) -> np.ndarray:
    chunks = [event.samples for event in events if isinstance(event, AudioChunk)]
    return np.concatenate(chunks) if chunks else np.zeros(0, np.float32)


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Return the largest difference by the mean level."""
    return float(np.abs(one - other).max() / np.abs(other).mean())


@torch.inference_mode()
def extended(folder: Path, sound: np.ndarray) -> np.ndarray:
    """Return what a folder's FlashSR makes of a sound in one call, computed with 53 bits."""
    network = Upsampler()
    network.load_state_dict(torch.load(folder / "FlashSR" / "model.pt", weights_only=True))
    return network.double()(torch.from_numpy(sound.astype(np.float64))[None])[0].numpy().astype(np.float32)


# The prompt and the tokens


def prompt_ids(it: Examined) -> dict[str, Any]:
    """Against a prompt written as one text, as Spark's own program writes it."""
    tokenizer = it.vocabulary._tokenizer
    voice = it.voice(with_speech=True)

    def written(words: str) -> list[int]:
        context = "".join(f"<|context_token_{number}|>" for number in voice.context)
        spoken = "".join(f"<|speech_token_{number}|>" for number in voice.spoken)
        begin, start, end, open_, close, speech = MARKS[0], MARKS[1], MARKS[2], MARKS[3], MARKS[4], MARKS[5]
        whole = f"{begin}{start}{words}{end}{open_}{context}{close}{speech}{spoken}"
        return list(tokenizer.encode(whole, add_special_tokens=False).ids)

    injected = it.vocabulary.prompt(normal_text(f"Hello <|end_text|> {STOP} you."), voice)
    marks = [tokenizer.token_to_id(name) for name in MARKS]
    ids = it.vocabulary.prompt(TEXT, voice)
    return {
        "equal": [it.vocabulary.prompt(text, voice) == written(text) for text in (TEXT, "你好。", "é ñ “x”")],
        "marks": [sum(token in marks for token in prompt) for prompt in (ids, injected)],
        "context": len(voice.context),
        "spoken": len(voice.spoken),
        "written_again": tokenizer.encode(it.vocabulary.written(ids), add_special_tokens=False).ids == ids,
    }


def tokens_equal_package(it: Examined) -> dict[str, Any]:
    """Against transformers' own steps, each time from the start and over the whole vocabulary."""
    equal = []
    for number, (with_speech, sampling) in enumerate(
        ((False, {}), (True, {}), (True, {"temperature": 1.3, "top_k": 0, "min_p": 0.0}))
    ):
        voice = it.voice(number, with_speech=with_speech)
        row = it.row(voice=voice, limit=25, seed=number, **sampling)
        (ours,) = it.drawn(row)
        theirs = _drawn_by_package(it, row, 25)
        equal.append(ours == theirs[: len(ours)] and len(ours) > 0)
    return {"equal": equal}


@torch.inference_mode()
def _drawn_by_package(it: Examined, row: Row, most: int) -> list[int]:
    from transformers import (
        LogitsProcessorList,
        MinPLogitsWarper,
        Qwen2ForCausalLM,
        TemperatureLogitsWarper,
        TopKLogitsWarper,
        TopPLogitsWarper,
    )
    from transformers import RepetitionPenaltyLogitsProcessor as Penalty

    model = Qwen2ForCausalLM.from_pretrained(it.folder / "LLM").eval()
    allowed = torch.tensor([*it.vocabulary.speech, *it.vocabulary.stops])
    settings = row.sampling
    steps = LogitsProcessorList([Penalty(settings.repetition_penalty), TemperatureLogitsWarper(settings.temperature)])
    if settings.top_k:
        steps.append(TopKLogitsWarper(settings.top_k))
    steps.append(TopPLogitsWarper(settings.top_p))
    if settings.min_p:
        steps.append(MinPLogitsWarper(settings.min_p))
    noise = torch.Generator().manual_seed(row.seed)
    ids = torch.tensor([list(row.prompt)])
    found = []
    for _ in range(most):
        logits = model(input_ids=ids).logits[:, -1].float()
        only = torch.full_like(logits, -torch.inf)
        only[:, allowed] = logits[:, allowed]
        shares = torch.softmax(steps(ids, only), -1)[0, allowed]
        place = int(torch.multinomial(shares, 1, generator=noise))
        if place >= len(it.vocabulary.speech):
            break
        found.append(place)
        ids = torch.cat([ids, allowed[place][None, None]], 1)
    return found


def batch(it: Examined) -> dict[str, Any]:
    """Rows of several lengths, with and without a transcript."""
    voices = [it.voice(0), it.voice(1, with_speech=True), it.voice(2), it.voice(0)]
    rows = [it.row(text, seed=number, limit=80, voice=voices[number]) for number, text in enumerate((TEXT, *OTHERS))]
    again = [row._replace(ending=Ending(80, 50)) for row in rows]
    together = it.drawn(*rows)
    alone = [it.drawn(row)[0] for row in again]
    segments = [
        it.segment(TEXT, voice=0),
        it.segment(OTHERS[1], voice=1, transcript=SPOKEN, seed=3),
        it.segment(" ".join((*OTHERS, *OTHERS, *OTHERS)), voice=2, seed=4),
        it.segment("", voice=0),
        it.segment(OTHERS[2], voice=0, upsample=False, seed=5),
    ]
    sounds, ended = it.say_many(segments)
    expected = [joined(list(it.adapter.stream(segment, never))) for segment in segments]
    return {
        "tokens_equal": together == alone,
        "lengths": [len(tokens) for tokens in together],
        "sizes_equal": [one.size == other.size for one, other in zip(sounds, expected, strict=True)],
        "difference": max(
            difference(one, other) for one, other in zip(sounds, expected, strict=True) if one.size == other.size > 0
        ),
        "ended": ended,
    }


def batch_is_streamed(it: Examined) -> dict[str, Any]:
    """In which order the sound of two segments comes."""
    segments = [it.segment(OTHERS[1], seed=number, ahead_tokens=20) for number in (3, 5)]
    return {"order": [position for position, event in it.adapter.stream_many(segments, [never, never]) if event]}


def cancel_tokens(it: Examined) -> dict[str, Any]:
    """How many passes of the model there are after a cancel."""
    passes = _counted_passes(it)
    asked = []

    def cancelled() -> bool:
        asked.append(passes[0])
        return len(asked) > 5

    events = list(it.adapter.stream(it.segment(), cancelled))
    restored = passes[0]
    del it.tokens._backbone.forward  # type: ignore[attr-defined]
    return {"passes": restored, "events": len(events)}


def _counted_passes(it: Examined) -> list[int]:
    passes = [0]
    forward = it.tokens._backbone.forward  # type: ignore[attr-defined]

    def counted(**more: Any) -> Any:
        passes[0] += 1
        return forward(**more)

    counted.__signature__ = __import__("inspect").signature(forward)  # type: ignore[attr-defined]
    it.tokens._backbone.forward = counted  # type: ignore[attr-defined]
    return passes


def batch_cancel(it: Examined) -> dict[str, Any]:
    """One of three, cancelled after its first sound."""
    segments = [it.segment(OTHERS[number], seed=number, voice=number) for number in range(3)]
    heard: list[int] = []
    events: list[list[Any]] = [[], [], []]
    ended = []
    checks = [never, lambda: 1 in heard, never]
    for position, event in it.adapter.stream_many(segments, checks):
        heard.append(position)
        if event is None:
            ended.append(position)
        else:
            events[position].append(event)
    expected = [it.say(OTHERS[number], seed=number, voice=number) for number in (0, 2)]
    return {
        "ended": sorted(ended),
        "cancelled_chunks": len(events[1]),
        "others": [
            bool(np.allclose(joined(events[number]), other, atol=1e-4))
            for number, other in zip((0, 2), expected, strict=True)
        ],
    }


# The sound


def windows(it: Examined) -> dict[str, Any]:
    """Windows against one decode of everything, at the codec's rate and at 48 kHz."""
    noise = torch.Generator().manual_seed(1)
    voice = it.voice()
    network = FlashSR.load(it.folder / "FlashSR" / "model.onnx", 1)
    found: dict[str, Any] = {}
    for n_tokens in (1, 30, 400):
        tokens = torch.randint(0, 8192, (n_tokens,), generator=noise).tolist()
        whole = np.clip(it.codec.decode(tokens, voice), -1, 1)
        wide = np.clip(extended(it.folder, whole), -1, 1)
        for chunk, ahead in ((25, 20), (25, 60), (10, 60), (100, 60)):
            for upsampler, expected in ((None, whole), (network, wide)):
                sound = PieceSound(it.codec, voice, upsampler, chunk_tokens=chunk, ahead_tokens=ahead)
                parts = [sound.push(token) for token in tokens]
                parts.append(sound.finish(n_tokens))
                streamed = np.concatenate(parts)
                name = f"{n_tokens} tokens, {chunk} + {ahead}, {sound.sample_rate} Hz"
                found[name] = {
                    "sizes": [streamed.size, expected.size],
                    "chunks": sum(part.size > 0 for part in parts),
                    "error": difference(streamed, expected) if streamed.size == expected.size else None,
                }
    return found


def upsampler(it: Examined, channels: Path) -> dict[str, Any]:
    """The seam of parts of any length, and files with other names and shapes."""
    random = np.random.default_rng(3)
    sound = (0.1 * random.standard_normal(16_000).cumsum() / 30).astype(np.float32)
    from voxweft.engines.mira_tts.upsampler import PieceUpsampler

    found = {}
    for name, folder in (("rows", it.folder), ("channels", channels)):
        network = FlashSR.load(folder / "FlashSR" / "model.onnx", 1)
        whole = extended(folder, sound)
        differences = []
        for size in (1, 100, 319, 320, 321, 8000, 16_000):
            piece = PieceUpsampler(network)
            parts = [sound[at : at + size] for at in range(0, sound.size if size > 1 else 700, size)]
            wide = [piece.push(part, last=number == len(parts) - 1) for number, part in enumerate(parts)]
            expected = whole if size > 1 else extended(folder, sound[:700])
            streamed = np.concatenate(wide)
            differences.append(difference(streamed, expected) if streamed.size == expected.size else None)
        quiet = (
            network.extend(0.5 * sound[:4000]),
            network.extend(np.concatenate([0.5 * sound[:4000], 9 * sound[:400]])),
        )
        found[name] = {
            "input": network._input,
            "differences": differences,
            # Its own program would divide by the loud end.
            "loudness_kept": difference(quiet[1][:9000], quiet[0][:9000]),
            "follows": float(np.corrcoef(whole[::3], sound)[0, 1]),
        }
    return found


def steady_chunks(it: Examined) -> dict[str, Any]:
    """The sizes of chunks, in samples at 48 kHz."""
    sizes = [event.samples.size for event in it.events(seed=3, ahead_tokens=20) if isinstance(event, AudioChunk)]
    codec = [event for event in it.events(seed=3, upsample=False) if isinstance(event, AudioChunk)]
    return {
        "sizes": sizes,
        "rates": sorted({event.sample_rate for event in codec}),
        "codec_samples": sum(event.samples.size for event in codec),
    }


# What a segment depends on


def repeatable(it: Examined) -> dict[str, Any]:
    first = it.say()
    state = torch.get_rng_state()
    it.say("Something else in between.", voice=1, transcript=SPOKEN, seed=9)
    again = it.say()
    unseeded = [it.say(seed=None) for _ in range(2)]
    return {
        "same": bool(np.array_equal(first, again)),
        "other_seed_differs": not np.array_equal(first, it.say(seed=2)),
        "other_text_differs": not np.array_equal(first, it.say("Other words.")),
        "no_seed_differs": not np.array_equal(*unseeded),
        "global_generator_unused": bool(torch.equal(torch.get_rng_state(), state)),
        "finite": bool(np.isfinite(first).all() and np.abs(first).max() <= 1),
    }


def voices(it: Examined) -> dict[str, Any]:
    kept = it.adapter._voices
    before = kept.made
    one, other = it.say(voice=5), it.say(voice=6)
    heard = it.say(voice=5, transcript=SPOKEN)
    told_otherwise = it.say(voice=5, transcript="Other words.")
    made = kept.made - before
    return {
        "differ": not np.array_equal(one, other),
        "no_trace": bool(
            np.array_equal(one, it.say(voice=5)) and np.array_equal(heard, it.say(voice=5, transcript=SPOKEN))
        ),
        "transcript_matters": not np.array_equal(one, heard) and not np.array_equal(heard, told_otherwise),
        "made": made,
        "made_again": kept.made - before - made,
    }


@torch.inference_mode()
def voice_equals_package(it: Examined) -> dict[str, Any]:
    """Against Spark's own program, which reads the files in its own way."""
    from spark_tts_lib.models.audio_tokenizer import BiCodecTokenizer
    from spark_tts_lib.utils.audio import audio_volume_normalize
    from transformers import Wav2Vec2FeatureExtractor, Wav2Vec2Model

    theirs = object.__new__(BiCodecTokenizer)
    theirs.config = {"sample_rate": RATE_HZ, "ref_segment_duration": 6, "latent_hop_length": TOKEN_SAMPLES}
    theirs.model = it.codec._model
    folder = it.folder / "wav2vec2-large-xlsr-53"
    theirs.processor = Wav2Vec2FeatureExtractor.from_pretrained(folder)
    theirs.feature_extractor = Wav2Vec2Model.from_pretrained(folder).eval()
    theirs.feature_extractor.config.output_hidden_states = True
    equal = []
    for seconds in (1.0, 4.0, 8.0):
        samples = recording(1, seconds)
        wave = audio_volume_normalize(samples)
        clip = torch.from_numpy(theirs.get_ref_clip(wave))[None].float()
        features = theirs.extract_wav2vec2_features(wave)
        spoken, context = theirs.model.tokenize({"feat": features, "ref_wav": clip})
        ours = it.codec.voice(samples, with_speech=True)
        equal.append(ours == VoiceTokens(tuple(context.flatten().tolist()), tuple(spoken.flatten().tolist())))
    return {"equal": equal, "spoken": len(ours.spoken), "layers": it.codec._features._model.config.num_hidden_layers}


# Faults


def endings(endless: Examined, loops: Examined) -> dict[str, Any]:
    """What is spoken before the error, and the error."""

    def run(it: Examined, text: str, **params: Any) -> dict[str, Any]:
        events, error = [], ""
        try:
            for event in it.adapter.stream(it.segment(text, upsample=False, **params), never):
                events.append(event)  # noqa: PERF402  what came before an error counts
        except MiraError as raised:
            error = f"{type(raised).__name__}: {raised}"
        notes = [event.text for event in events if isinstance(event, SegmentNote)]
        return {"tokens": joined(events).size / TOKEN_SAMPLES, "error": error, "notes": notes}

    some = [endless.segment("Hi."), endless.segment("")]
    ended, failure = [], ""
    try:
        for position, event in endless.adapter.stream_many(some, [never, never]):
            ended += [position] * (event is None)
    except MiraError as raised:
        failure = str(raised)
    return {
        "endless": run(endless, "Hi.", max_tokens=200),
        "longer": run(endless, "Hi, this has a few more words than that.", max_tokens=4096),
        "loop": run(
            loops, "Hi, this has a few more words than could have been spoken by then.", repetition_penalty=1.0
        ),
        "loop_after_all": run(loops, "Hi.", repetition_penalty=1.0),
        "batch_failure": failure,
        "batch_ended": ended,
    }


@contextlib.contextmanager
def _changed(folder: Path, change: Callable[[Path], None]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as home:
        copy = Path(home) / "model"
        shutil.copytree(folder, copy)
        change(copy)
        yield copy


def files(it: Examined) -> dict[str, Any]:
    """The errors for files that are missing, damaged, of another model, or that hold code."""
    marker = Path(tempfile.gettempdir()) / f"ran-{it.folder.name}"
    marker.unlink(missing_ok=True)

    class Bomb:
        def __reduce__(self) -> Any:
            return Path.touch, (marker,)

    def spark(folder: Path) -> None:
        path = folder / "LLM" / "tokenizer.json"
        path.write_text(path.read_text("utf-8").replace("<|speech_token_", "<|bicodec_semantic_"), "utf-8")

    def other_width(folder: Path) -> None:
        path = folder / "BiCodec" / "config.yaml"
        path.write_text(path.read_text("utf-8").replace("vocos_dim: 32", "vocos_dim: 16"), "utf-8")

    def fewer_tokens(folder: Path) -> None:
        from transformers import Qwen2ForCausalLM

        model = Qwen2ForCausalLM.from_pretrained(folder / "LLM")
        model.resize_token_embeddings(1000)
        model.save_pretrained(folder / "LLM")

    changes: dict[str, Callable[[Path], Any]] = {
        "no tokenizer": lambda folder: (folder / "LLM" / "tokenizer.json").unlink(),
        "Spark's tokenizer": spark,
        "no language model": lambda folder: (folder / "LLM" / "model.safetensors").unlink(),
        "damaged language model": lambda folder: (folder / "LLM" / "model.safetensors").write_bytes(b"\0" * 99),
        "fewer tokens": fewer_tokens,
        "no codec": lambda folder: (folder / "BiCodec" / "model.safetensors").unlink(),
        "damaged codec": lambda folder: (folder / "BiCodec" / "model.safetensors").write_bytes(b"\0" * 99),
        "no settings": lambda folder: (folder / "BiCodec" / "config.yaml").unlink(),
        "other settings": other_width,
    }
    found = {}
    for name, change in changes.items():
        with _changed(it.folder, change) as folder:
            found[name] = _error_of(lambda folder=folder: Examined(folder))

    features = "wav2vec2-large-xlsr-53"
    later: dict[str, tuple[Callable[[Path], Any], dict[str, Any]]] = {
        "no features": (lambda folder: shutil.rmtree(folder / features), {"transcript": SPOKEN}),
        "features with code": (
            lambda folder: torch.save(Bomb(), folder / features / "pytorch_model.bin"),
            {"transcript": SPOKEN},
        ),
        "other features": (
            lambda folder: torch.save({"a": torch.zeros(1)}, folder / features / "pytorch_model.bin"),
            {"transcript": SPOKEN},
        ),
        "no FlashSR": (lambda folder: shutil.rmtree(folder / "FlashSR"), {}),
        "damaged FlashSR": (lambda folder: (folder / "FlashSR" / "model.onnx").write_bytes(b"no"), {}),
    }
    for name, (change, params) in later.items():
        with _changed(it.folder, change) as folder:
            changed = Examined(folder)
            found[name] = _error_of(lambda changed=changed, params=params: changed.say(**params))
            if name == "no features":
                found["no features, no transcript"] = _error_of(lambda changed=changed: changed.say())
            if name == "no FlashSR":
                found["no FlashSR, 16 kHz"] = _error_of(lambda changed=changed: changed.say(upsample=False))
    found["code ran"] = str(marker.exists())
    found["no voice"] = _error_of(
        lambda: list(it.adapter.stream(StreamingSegment(index=0, payload=TextPayload(TEXT), engine="mira_tts"), never))
    )
    return found


def _error_of(action: Callable[[], Any]) -> str:
    try:
        action()
    except (MiraError, WeightsError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def texts(it: Examined) -> dict[str, Any]:
    sizes = {text: int(it.say(text).size) for text in ("", " ", "…", "!?", "“”")}
    return {"silent": sizes, "a": int(it.say("a").size), "long": int(it.say(50 * "words " + "end.").size)}


def quiet(it: Examined) -> dict[str, Any]:
    """What is printed while a model is loaded and speaks."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        Examined(it.folder).say(transcript=SPOKEN)
    return {"said": said.getvalue()}


def main(folders: list[Path], chosen: list[str]) -> dict[str, Any]:
    plain = Examined(folders[0])
    checks: dict[str, Callable[[], Any]] = {
        **{
            check.__name__: lambda check=check: check(plain)
            for check in (
                *(prompt_ids, tokens_equal_package, batch, batch_is_streamed, cancel_tokens, batch_cancel, windows),
                *(steady_chunks, repeatable, voices, voice_equals_package, files, texts, quiet),
            )
        },
        "upsampler": lambda: upsampler(plain, folders[3]),
        "endings": lambda: endings(Examined(folders[1]), Examined(folders[2])),
    }
    found = {}
    for name in chosen or checks:
        try:
            found[name] = checks[name]()
        except Exception:
            found[name] = {"crashed": traceback.format_exc()}
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    refuse_egress("the probe")
    folders = [Path(argument) for argument in sys.argv[1:5]]
    print(json.dumps(main(folders, sys.argv[5:])))
