"""Kokoro on the command line: options, the default engine, and errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from optional import skip_without

skip_without("kokoro")

from fixtures_jobs import Command, Finished, read_wav, to_pcm
from fixtures_kokoro import RATE_HZ, SPOKEN, checkpoint, environment, open_runtime, own_copy, surroundings
from kokoro_checkpoint import write_voice

from voxweft.jobs.run import run
from voxweft.jobs.speak import speak as speak_job
from voxweft.jobs.voices import Speaker
from voxweft.utils.streaming import MixedVoice, NamedVoice, TensorVoice, Voice, VoicePart

pytestmark = pytest.mark.usefixtures("no_hang")
TEXT = "Hello there. How are you?"
SUBTITLES = "1\n00:00:00,000 --> 00:00:03,000\nHello there.\n\n2\n00:00:05,000 --> 00:00:08,000\nHow are you?\n"


class Installation(NamedTuple):
    """A user's folder with the command, the model, and the expected samples by case."""

    command: Command
    folder: Path
    expected: dict[str, NDArray[np.float32]]

    def kokoro(self, *arguments: str) -> Finished:
        """Run a command with the engine and its model folder as options."""
        return self.command.here(*arguments, "-e", "kokoro", "--model-path", str(self.folder))


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation whose cache holds the expected samples, so that equal commands start no worker."""
    home = tmp_path_factory.mktemp("installation")
    folder = own_copy(checkpoint(tmp_path_factory), home / "models" / "TTS" / "kokoro")
    # Nothing may be downloaded: the addresses of the hub are unreachable.
    nowhere = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_CACHE": str(home / "none")}
    command = Command(home / "installation", VOXWEFT_MODELS_HOME=str(home / "none"), **nowhere)
    command.folder.mkdir()
    command.environment = {**environment(), **command.environment}
    write_voice(folder / "voices" / "af_mine.pt", seed=77)
    mine = write_voice(command.folder / "mine.pt", seed=78)
    with surroundings():
        runtime = open_runtime(folder, home, cache_dir=command.cache)
        try:
            half = MixedVoice((VoicePart("af_heart", 2.0), VoicePart("af_bella", 1.0)))
            voices: dict[str, Voice | None] = {
                "plain": None,
                "mix": half,
                "nova": NamedVoice("af_nova"),
                "own": NamedVoice("af_mine"),
                "file": TensorVoice(runtime.blobs.put(mine.read_bytes())),
            }

            def speak(voice: Voice | None, *, low_latency: bool = False) -> NDArray[np.float32]:
                speaker = Speaker(engine="kokoro", voice=voice, low_latency=low_latency)
                return np.concatenate(list(run(speak_job(TEXT, speaker, runtime.registry), runtime)))

            expected = {name: speak(voice) for name, voice in voices.items()}
            expected["low latency"] = speak(None, low_latency=True)
        finally:
            runtime.close()
    return Installation(command, folder, expected)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("plain", []),
        ("plain", ["-v", "af_heart"]),
        ("plain", ["-v", "marin"]),
        ("mix", ["-v", "af_heart(2)+af_bella"]),
        ("mix", ["-v", " af_bella(0.5) + af_heart "]),
        ("nova", ["-v", "nova"]),
        ("own", ["-v", "af_mine"]),
        ("file", ["-v", "./mine.pt"]),
        ("low latency", ["--low-latency"]),
    ],
)
def test_say_gives_the_samples_of_the_job(installation: Installation, name: str, options: list[str]) -> None:
    done = installation.kokoro("say", TEXT, "-o", "out.wav", "--json", *options)
    assert done.code == 0, done.err
    report = json.loads(done.out)
    assert [piece["cached"] for piece in report["segments"]] == [True, True]
    rate, samples = read_wav(installation.command.folder / "out.wav")
    assert rate == report["sample_rate"] == RATE_HZ
    assert samples.size == round(report["duration_s"] * RATE_HZ)
    np.testing.assert_array_equal(samples, to_pcm(installation.expected[name]))


def test_voices_differ(installation: Installation) -> None:
    assert len({samples.tobytes() for name, samples in installation.expected.items() if name != "low latency"}) == 5


def test_dub_places_the_same_sentences_at_their_times(installation: Installation) -> None:
    (installation.command.folder / "cues.srt").write_text(SUBTITLES)
    done = installation.kokoro(
        "dub", "cues.srt", "--mode", "natural", "-o", "dub.wav", "--report", "dub.json", "--subs-out", "dub.vtt"
    )
    assert done.code == 0, done.err
    report = json.loads((installation.command.folder / "dub.json").read_text())
    rate, samples = read_wav(installation.command.folder / "dub.wav")
    assert (rate, samples.size) == (RATE_HZ, round(report["duration_s"] * RATE_HZ))
    first, second = report["cues"]
    assert (first["start_s"], second["start_s"]) == (0.0, 5.0)
    assert first["cached"]
    assert second["cached"]
    n_first = first["end_sample"]
    np.testing.assert_array_equal(samples[:n_first], to_pcm(installation.expected["plain"])[:n_first])
    assert not samples[n_first : second["start_sample"]].any()
    assert samples[second["start_sample"] :].any()


def test_with_weights_it_is_the_default_engine(installation: Installation) -> None:
    models = str(installation.folder.parent.parent)
    done = installation.command.here("say", TEXT, "-o", "default.wav", "--json", VOXWEFT_MODELS=models)
    assert done.code == 0, done.err
    np.testing.assert_array_equal(
        read_wav(installation.command.folder / "default.wav")[1], to_pcm(installation.expected["plain"])
    )
    assert json.loads(done.out)["sample_rate"] == RATE_HZ
    assert "kokoro" in installation.command.fine_here("engines", VOXWEFT_MODELS=models).out
    without = installation.command.here("say", TEXT, "-o", "default.wav", "--json")
    assert without.code == 0, without.err
    assert json.loads(without.out)["sample_rate"] == 22_050, "eSpeak NG"
    chosen = installation.command.here(
        "say", TEXT, "-o", "default.wav", "--json", "-e", "espeak", VOXWEFT_MODELS=models
    )
    assert json.loads(chosen.out)["sample_rate"] == 22_050


@pytest.mark.slow
def test_an_unknown_voice_of_the_default_engine(installation: Installation) -> None:
    """Check the error of a started worker."""
    models = str(installation.folder.parent.parent)
    done = installation.command("say", "Hi.", "-o", "no.wav", "-v", "af_hart", VOXWEFT_MODELS=models)
    assert done.code == 1
    assert "failed in engine 'kokoro': Kokoro has no voice 'af_hart'; did you mean 'af_heart'" in done.err
    assert "Traceback" not in done.err
    assert not (installation.command.folder / "no.wav").exists()


@pytest.mark.slow
def test_voices_are_listed_with_language_and_gender(installation: Installation) -> None:
    done = installation.kokoro("voices", "--json")
    assert done.code == 0, done.err
    listed = {voice["name"]: voice for voice in json.loads(done.out)}
    assert set(listed) == {voice for voice, _, _ in SPOKEN.values()} | {"af_bella", "af_nova", "af_mine"}
    assert (listed["bf_emma"]["languages"], listed["bf_emma"]["gender"]) == (["en-GB"], "female")
    assert listed["af_mine"]["title"] == "your own file"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-l", "de"), "engine 'kokoro' doesn't speak the language 'de'; these do: "),
        (("-v", "af_heart(2"), "the bracket after 'af_heart' isn't closed"),
        (("-v", "af_heart+"), "the name of a voice is missing after the '+'"),
        (("-v", "./absent.pt"), "absent.pt"),
        (("-s", "5"), "speed 5 is out of range for engine 'kokoro': must be between 0.25 and 4"),
        (("-p", "streming=clauses"), "has no parameter 'streming'; did you mean 'streaming'?"),
        (("-p", "low_latency=true"), "use --low-latency"),
    ],
)
def test_invalid_options_are_rejected_without_a_worker(
    installation: Installation, arguments: tuple[str, ...], message: str
) -> None:
    done = installation.kokoro("say", "Hallo.", "-o", "no.wav", *arguments)
    assert done.code in (1, 2), done.err
    assert message in done.err
    assert done.err.count("\n") == 1
    assert not (installation.command.folder / "no.wav").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--device", "tpu"), "engine 'kokoro' has no device 'tpu'; it has auto, cpu, cuda, mps"),
        (("--dtype", "int8"), "engine 'kokoro' has no dtype 'int8'; it has float32"),
    ],
)
def test_an_unsupported_device_or_dtype_is_rejected(
    installation: Installation, arguments: tuple[str, ...], message: str
) -> None:
    folder = ("-e", "kokoro", "--model-path", str(installation.folder))
    done = installation.command("say", "Not cached.", "-o", "no.wav", *folder, *arguments)
    assert done.code in (1, 2), done.err
    assert message in done.err
    assert "Traceback" not in done.err


def test_an_unsupported_language_is_bad_input(installation: Installation) -> None:
    done = installation.kokoro("say", "Hallo.", "-o", "no.wav", "--language", "de")
    assert done.code == 2
    assert "espeak" in done.err


def test_a_folder_without_a_model_is_an_error(installation: Installation, tmp_path: Path) -> None:
    done = installation.command.here("say", "Hi.", "-o", "no.wav", "-e", "kokoro", "--model-path", str(tmp_path))
    assert done.code == 1
    assert f"{tmp_path}: not found" in done.err
    without_engine = installation.command.here("say", "Hi.", "-o", "no.wav", "--model-path", str(tmp_path))
    assert without_engine.code == 2
    assert "more than one engine for speech" in without_engine.err
    assert "choose one with --engine" in without_engine.err
