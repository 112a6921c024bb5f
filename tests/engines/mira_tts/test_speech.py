"""Jobs into sound: pieces, batches, ends and faults, over tokens that are given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("tokenizers")

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from voxweft.engines.mira_tts import token_models
from voxweft.engines.mira_tts.errors import MiraEndlessError, MiraError
from voxweft.engines.mira_tts.lmdeploy_tokens import LmdeployTokens
from voxweft.engines.mira_tts.prompt import N_CONTEXT, N_SPEECH, Vocabulary, VoiceTokens
from voxweft.engines.mira_tts.speech import Job, Part, Sound, Speaker
from voxweft.engines.mira_tts.tokens import Qwen2Tokens, Row
from voxweft.engines.speech_tokens.ending import Ending
from voxweft.engines.speech_tokens.sampling import Sampling

VOICE = VoiceTokens(tuple(range(32)))
PLAIN = Sampling(temperature=0.8, min_p=0.05, top_p=0.95, top_k=50, repetition_penalty=1.2)
MARKS = ("task_tts", "start_text", "end_text", "context_audio_start", "context_audio_end", "prompt_speech_start")


def tokenizer_of(*marks: str) -> Tokenizer:
    signs = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={sign: number for number, sign in enumerate(signs)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    names = [f"<|{mark}|>" for mark in marks]
    names += [f"<|context_token_{number}|>" for number in range(N_CONTEXT)]
    names += [f"<|speech_token_{number}|>" for number in range(N_SPEECH)]
    tokenizer.add_tokens([AddedToken(name, normalized=False, special=False) for name in names])
    return tokenizer


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(tokenizer_of(*MARKS, "im_end"), Path("tokenizer.json"))


class Codec:
    """Each token becomes 320 samples of its own number."""

    def __init__(self) -> None:
        self.decoded = 0

    def decode(self, tokens: Sequence[int], voice: VoiceTokens) -> np.ndarray:
        self.decoded += len(tokens)
        return np.repeat(np.asarray(tokens, np.float32) / N_SPEECH, 320)


class Tokens:
    """Tokens that are given by the text of a row, drawn in turn."""

    def __init__(self, vocabulary: Vocabulary, speech: dict[str, list[int]]) -> None:
        self.vocabulary, self.speech = vocabulary, speech
        self.passes: list[int] = []

    def draw(self, rows: Sequence[Row]) -> Iterator[tuple[int, int | None]]:
        self.passes.append(len(rows))
        written = [self.vocabulary.written(row.prompt) for row in rows]
        left = [next(list(tokens) for text, tokens in self.speech.items() if text in prompt) for prompt in written]
        waiting = list(range(len(rows)))
        while waiting:
            for index in tuple(waiting):
                over = rows[index].cancelled() or not left[index]
                if not over:
                    token = left[index].pop(0)
                    over = rows[index].ending.push(token) is not None
                    yield index, token
                if over:
                    waiting.remove(index)
                    yield index, None

    def close(self) -> None:
        """Nothing is held."""


def job(*pieces: str, **more: Any) -> Job:
    settings: dict[str, Any] = {
        "voice": VOICE,
        "transcript": "",
        "sampling": PLAIN,
        "max_tokens": 1024,
        "chunk_tokens": 25,
        "ahead_tokens": 20,
        "upsampler": None,
        "seed": 1,
    }
    return Job(pieces=pieces, **(settings | more))


def never() -> bool:
    return False


def spoken(speaker: Speaker, jobs: list[Job], batch: int = 8, cancelled: Any = None) -> list[list[Part]]:
    found: list[list[Part]] = [[] for _ in jobs]
    for index, part in speaker.speak(jobs, cancelled or [never] * len(jobs), batch):
        assert None not in found[index], "nothing comes after the end"
        found[index].append(part)
    return found


def tokens_in(parts: Sequence[Part]) -> list[int]:
    samples = [part.samples for part in parts if isinstance(part, Sound)]
    return [round(float(value) * N_SPEECH) for value in np.concatenate([[], *samples])[::320]]


ONE, TWO, THREE = list(range(100)), list(range(200, 207)), list(range(300, 410))


def test_pieces_of_several_jobs(vocabulary: Vocabulary) -> None:
    tokens = Tokens(vocabulary, {"One": ONE, "Two": TWO, "Three": THREE})
    found = spoken(Speaker(tokens, vocabulary, Codec()), [job("One.", "Two."), job("Three."), job()])  # type: ignore[arg-type]
    assert [tokens_in(parts) for parts in found] == [ONE + TWO, THREE, []]
    assert [parts[-1] for parts in found] == [None, None, None]
    assert tokens.passes == [2, 1]
    assert [part.samples.size for part in found[1] if isinstance(part, Sound)] == [8000, 8000, 8000, 110 * 320 - 24_000]


def test_no_more_rows_than_the_batch(vocabulary: Vocabulary) -> None:
    tokens = Tokens(vocabulary, {"One": ONE})
    found = spoken(Speaker(tokens, vocabulary, Codec()), [job("One.")] * 5, batch=2)  # type: ignore[arg-type]
    assert all(tokens_in(parts) == ONE for parts in found)
    assert tokens.passes == [2, 2, 1]


def test_the_cost_grows_with_the_length(vocabulary: Vocabulary) -> None:
    decoded = []
    for n_tokens in (500, 1000):
        codec = Codec()
        tokens = Tokens(vocabulary, {"One": [number * 7 % 8192 for number in range(n_tokens)]})
        spoken(Speaker(tokens, vocabulary, codec), [job("One. " * 100)])  # type: ignore[arg-type]
        decoded.append(codec.decoded)
    assert decoded[1] <= 2.2 * decoded[0]


def test_a_cancel_ends_one_job(vocabulary: Vocabulary) -> None:
    tokens = Tokens(vocabulary, {"One": ONE, "Three": THREE})
    heard: list[int] = []
    speaker = Speaker(tokens, vocabulary, Codec())  # type: ignore[arg-type]
    for index, part in speaker.speak([job("One.", "Three."), job("Three.")], [lambda: 0 in heard, never], 8):
        heard.append(index)
        assert index == 1 or heard.count(0) == 1
        assert (index, part) != (0, None)
    assert tokens.passes == [2]


def test_no_end(vocabulary: Vocabulary) -> None:
    """What was spoken comes first, and the other job isn't affected."""
    tokens = Tokens(vocabulary, {"One": ONE * 9, "Three": THREE})
    found = spoken(Speaker(tokens, vocabulary, Codec()), [job("One.", "Three.", max_tokens=150), job("Three.")])  # type: ignore[arg-type]
    assert tokens_in(found[0]) == (ONE * 2)[:150]
    assert isinstance(found[0][-1], MiraEndlessError)
    assert "the model found no end of 'One.'; choose another seed" in str(found[0][-1])
    assert (tokens_in(found[1]), found[1][-1]) == (THREE, None)


def test_a_loop(vocabulary: Vocabulary) -> None:
    """After enough speech for the text it is its end, cut off; before, an error."""
    tokens = Tokens(vocabulary, {"O": [*ONE, *[7] * 200]})
    speaker = Speaker(tokens, vocabulary, Codec())  # type: ignore[arg-type]
    short, long = spoken(speaker, [job("One."), job("One " * 40)])
    for parts in (short, long):
        # What was sent stays: a window and what it needed ahead.
        assert tokens_in(parts)[:101] == [*ONE, 7]
        assert len(tokens_in(parts)) <= 101 + 100
    assert short[-2:] == ["'One.': the model didn't stop by itself; its end was cut off", None]
    assert isinstance(long[-1], MiraEndlessError)
    assert "repeats itself in 'One One" in str(long[-1])


def test_a_tokenizer_of_another_model() -> None:
    for marks, missing in ((MARKS[1:], "task_tts"), (MARKS, "end_semantic_token")):
        with pytest.raises(MiraError, match=rf"isn't MiraTTS' tokenizer: it has no '<\|{missing}\|>'"):
            Vocabulary(tokenizer_of(*marks, *(("im_end",) if missing == "task_tts" else ())), Path("tokenizer.json"))


# lmdeploy's part: a pipeline with its interface, which answers with given tokens


class Answer:
    def __init__(self, index: int, tokens: list[int], reason: str | None = None) -> None:
        self.index, self.token_ids, self.finish_reason = index, tokens, reason


class Session:
    aborted = False

    def abort(self) -> None:
        self.aborted = True


class Pipeline:
    def __init__(self, answers: list[Answer]) -> None:
        self.answers, self.sessions = answers, []
        self.asked: dict[str, Any] = {}

    def session(self) -> Session:
        self.sessions.append(Session())
        return self.sessions[-1]

    def stream_infer(self, prompts: list[str], **more: Any) -> Iterator[Answer]:
        self.asked = {"prompts": prompts, **more}
        return iter(self.answers)


def rows_of(vocabulary: Vocabulary, cancelled: Sequence[Any]) -> list[Row]:
    prompts = [vocabulary.prompt(text, VOICE) for text in ("One.", "Two.", "Three.")]
    return [
        Row(prompt, (), PLAIN, number, Ending(5, 50), check)
        for number, (prompt, check) in enumerate(zip(prompts, cancelled, strict=True))
    ]


def test_lmdeploy_draws_rows(vocabulary: Vocabulary) -> None:
    speech, stop = vocabulary.speech, vocabulary.stops[0]
    answers = [
        Answer(0, [speech[1]]),
        Answer(1, [speech[8], speech[9]]),
        Answer(0, [3, speech[2]]),  # 3 isn't a token of speech
        Answer(2, speech[:9]),  # more than its limit of five
        Answer(0, [stop], "stop"),
        Answer(1, [speech[10]]),
        Answer(2, [speech[11]], "abort"),
        Answer(1, [], "length"),
    ]
    pipeline = Pipeline(answers)
    model = LmdeployTokens(pipeline, dict, vocabulary)
    rows = rows_of(vocabulary, [never] * 3)
    found = list(model.draw(rows))
    by_row = [[token for index, token in found if index == row] for row in range(3)]
    assert by_row == [[1, 2, None], [8, 9, 10, None], [0, 1, 2, 3, 4, None]]
    assert rows[2].ending.fault == "endless"
    assert [session.aborted for session in pipeline.sessions] == [False, False, True]
    assert pipeline.asked["prompts"][1].startswith("<|task_tts|><|start_text|>Two.<|end_text|>")
    assert [config["random_seed"] for config in pipeline.asked["gen_config"]] == [0, 1, 2]
    assert not pipeline.asked["do_preprocess"]


def test_a_cancel_reaches_lmdeploy(vocabulary: Vocabulary) -> None:
    answers = [Answer(0, [vocabulary.speech[1]]), Answer(1, [vocabulary.speech[2]]), Answer(2, [], "error")]
    pipeline = Pipeline(answers)
    drawing = LmdeployTokens(pipeline, dict, vocabulary).draw(rows_of(vocabulary, [never, lambda: True, never]))
    assert [next(drawing), next(drawing)] == [(0, 1), (1, None)]
    with pytest.raises(MiraError, match="lmdeploy failed"):
        next(drawing)
    assert all(session.aborted for session in pipeline.sessions)


@pytest.mark.parametrize(
    ("device", "installed", "chosen"),
    [
        ("cuda", True, "lmdeploy"),
        ("cuda", False, "transformers"),
        ("cpu", True, "transformers"),
    ],
)
def test_lmdeploy_is_used_on_cuda_where_a_user_installed_it(
    monkeypatch: pytest.MonkeyPatch, vocabulary: Vocabulary, device: str, installed: bool, chosen: str
) -> None:
    monkeypatch.setattr(token_models, "find_spec", lambda name: name if installed else None)
    monkeypatch.setattr(LmdeployTokens, "load", lambda *_: "lmdeploy")
    monkeypatch.setattr(Qwen2Tokens, "load", lambda *_: "transformers")
    model, notes = token_models.load_tokens(Path("LLM"), vocabulary, torch.device(device), torch.float32)
    assert model == chosen
    assert bool(notes) == (chosen == "lmdeploy")
