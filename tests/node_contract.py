"""What every node keeps to, as functions that run on the fake API and on a real ComfyUI alike (see `run_contracts`)."""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from node_pack import Pack, failure_of
from pack_folder import FAKES

SRT = """1
00:00:00,500 --> 00:00:02,000
One is here.

2
00:00:03,200 --> 00:00:05,000
Two comes
later on.
"""
Contract = Callable[["Pack"], None]
CONTRACTS: dict[str, Contract] = {}
WITH_FUSSY_ENGINE = {
    "a failing cue is a named gap when told to continue",
    "a failing sentence shows the engine's own message",
    "a text without any sound is an error",
    "an interruption in the middle of a sentence",
    "only failures is an error",
}
"""These need SPEECHLOOM_ENGINES to hold the engine that fails on demand, and the others that it doesn't."""


def contract(function: Contract) -> Contract:
    CONTRACTS[function.__name__.replace("_s_", "'s ").replace("_", " ")] = function
    return function


@contract
def the_two_nodes(pack: Pack) -> None:
    assert sorted(pack.nodes) == ["SpeechloomDub", "SpeechloomSpeak"]
    for name, node in pack.nodes.items():
        info = node.GET_NODE_INFO_V1()
        assert info["name"] == name
        assert info["display_name"].endswith(" (Speechloom)")
        assert info["category"].startswith("Speechloom/")
        assert len(info["description"]) > 40


@contract
def every_input_and_output_is_explained(pack: Pack) -> None:
    for name, node in pack.nodes.items():
        info = node.GET_NODE_INFO_V1()
        page = (pack.folder / "web" / "docs" / f"{name}.md").read_text(encoding="utf-8")
        for given, (_, options) in info["input"]["required"].items():
            assert len(options["tooltip"]) > 20, f"{name}.{given}"
            assert f"| **{given}** |" in page, f"{name}.{given} has no line in the help page"
        assert len(info["output"]) == len(info["output_name"]) == len(info["output_tooltips"])
        for made, tooltip in zip(info["output_name"], info["output_tooltips"], strict=True):
            assert tooltip, f"{name}.{made}"
            assert f"| **{made}** |" in page, f"{name}.{made} has no line in the help page"


@contract
def limits_are_the_engine_s_own(pack: Pack) -> None:
    spec = pack.inside("engines.registry").EngineRegistry().get("espeak")
    speak = pack.nodes["SpeechloomSpeak"].GET_NODE_INFO_V1()["input"]["required"]
    dub = pack.nodes["SpeechloomDub"].GET_NODE_INFO_V1()["input"]["required"]
    for widgets in (speak, dub):
        assert (widgets["speed"][1]["min"], widgets["speed"][1]["max"]) == (spec.min_speed, spec.max_speed)
        assert widgets["voice"][1]["default"] == spec.default_voice
    pitch, declared = speak["pitch"][1], spec.params["pitch"]
    assert (pitch["min"], pitch["max"], pitch["default"]) == (declared.min, declared.max, declared.default)
    assert dub["mode"][1]["options"] == [mode.value for mode in pack.inside("jobs").DubMode]


@contract
def empty_text_is_refused_by_name(pack: Pack) -> None:
    for node_id, widget in (("SpeechloomSpeak", "text"), ("SpeechloomDub", "subtitles")):
        validate = pack.nodes[node_id].validate_inputs
        for empty in ("", " \n\t"):
            message = validate(**{widget: empty})
            assert isinstance(message, str)
            assert f"'{widget}' is empty" in message
        assert validate(**{widget: "words"}) is True
        assert validate(**{widget: None}) is True, "a value from a link isn't known yet"
        assert validate() is True, "the host itself reports what is missing"


@contract
def speak_makes_audio_and_says_where_it_is(pack: Pack) -> None:
    import torch

    text = "Hello there. How are you today?\n\nFine, thank you."
    audio, timings = pack.run("SpeechloomSpeak", text=text)
    report = json.loads(timings)
    assert set(audio) == {"waveform", "sample_rate"}
    assert audio["sample_rate"] == report["sample_rate"] == 22050
    waveform = audio["waveform"]
    assert waveform.dtype == torch.float32
    assert tuple(waveform.shape) == (1, 1, round(report["duration_s"] * 22050))
    pieces = report["pieces"]
    assert [piece["text"] for piece in pieces] == ["Hello there.", "How are you today?", "Fine, thank you."]
    samples = waveform[0, 0]
    for piece in pieces:
        assert text[piece["source_start"] : piece["source_end"]] == piece["text"]
        assert samples[piece["start_sample"] : piece["end_sample"]].abs().max() > 0.05
    for before, after in itertools.pairwise(pieces):
        assert after["start_sample"] > before["end_sample"]
        assert not samples[before["end_sample"] : after["start_sample"]].any()
    assert samples.numel() == pieces[-1]["end_sample"]


@contract
def settings_are_heard(pack: Pack) -> None:
    def spoken(**given: Any) -> Any:
        return pack.run("SpeechloomSpeak", text="Hear the difference.", **given)[0]["waveform"]

    plain = spoken()
    assert spoken(speed=2.0).numel() < 0.75 * plain.numel()
    others = [spoken(pitch=80), spoken(voice="de"), spoken(voice="en-us+f2")]
    for other in others:
        assert other.shape != plain.shape or not other.equal(plain)
    assert spoken(voice=" ").equal(plain), "empty is the default voice"


@contract
def the_second_run_comes_from_the_cache(pack: Pack) -> None:
    text = "This was never said before. Nor was this."
    first, _ = pack.run("SpeechloomSpeak", text=text)
    deadline = time.monotonic() + 10
    while True:  # entries are written behind the job's back
        again, timings = pack.run("SpeechloomSpeak", text=text)
        if all(piece["cached"] for piece in json.loads(timings)["pieces"]):
            break
        assert time.monotonic() < deadline
    assert again["waveform"].equal(first["waveform"])
    again["waveform"].zero_()
    assert pack.run("SpeechloomSpeak", text=text)[0]["waveform"].equal(first["waveform"])


@contract
def dub_starts_every_cue_at_its_time(pack: Pack) -> None:
    audio, adjusted, text = pack.run("SpeechloomDub", subtitles=SRT)
    report = json.loads(text)
    assert [cue["text"] for cue in report["cues"]] == ["One is here.", "Two comes\nlater on."]
    assert [cue["start_sample"] for cue in report["cues"]] == [round(0.5 * 22050), round(3.2 * 22050)]
    assert [cue["status"] for cue in report["cues"]] == ["spoken", "spoken"]
    assert report["notes"] == []
    samples = audio["waveform"][0, 0]
    assert samples.numel() == round(report["duration_s"] * 22050)
    end = 0
    for cue in report["cues"]:
        assert not samples[end : cue["start_sample"]].any()
        end = cue["end_sample"]
        assert samples[cue["start_sample"] : end].abs().max() > 0.05
    cues = pack.inside("utils.subtitles").read_subtitles(adjusted.encode()).cues
    assert [cue.start_ms for cue in cues] == [500, 3200]
    assert [cue.end_ms for cue in cues] == [round(cue["end_s"] * 1000) for cue in report["cues"]]


@contract
def dub_concatenates(pack: Pack) -> None:
    report = json.loads(pack.run("SpeechloomDub", subtitles=SRT, mode="concatenate")[2])
    first, second = report["cues"]
    assert first["start_sample"] == 0
    assert second["start_sample"] == first["end_sample"]


@contract
def dub_returns_the_format_that_came_in(pack: Pack) -> None:
    subtitles = pack.inside("utils.subtitles")
    cues = subtitles.read_subtitles(SRT.encode()).cues
    for kind in ("srt", "vtt", "ass"):
        adjusted = pack.run("SpeechloomDub", subtitles=subtitles.write_subtitles(cues, kind))[1]
        assert subtitles.read_subtitles(adjusted.encode()).format == kind
    ssa = subtitles.write_subtitles(cues, "ass").replace("v4.00+", "v4.00").replace("V4+ Styles", "V4 Styles")
    assert subtitles.read_subtitles(ssa.encode()).format == "ssa"
    assert subtitles.read_subtitles(pack.run("SpeechloomDub", subtitles=ssa)[1].encode()).format == "ass"


@contract
def dub_notes_what_it_mended(pack: Pack) -> None:
    report = json.loads(pack.run("SpeechloomDub", subtitles=SRT.replace("00:00:03,200", "00:00:01,200"))[2])
    assert len(report["notes"]) == 1
    assert report["notes"][0].startswith("line 6: ")


@contract
def what_can_t_be_used_is_an_error_that_says_so(pack: Pack) -> None:
    for node_id, given, expected in (
        ("SpeechloomSpeak", {"text": "Hello.", "voice": "klingon-hi"}, "klingon-hi"),
        ("SpeechloomSpeak", {"text": "Hello.", "speed": 9.0}, "speed 9"),
        ("SpeechloomSpeak", {"text": "Hello.", "pitch": 100}, "pitch"),
        ("SpeechloomSpeak", {"text": "  "}, "empty"),
        ("SpeechloomDub", {"subtitles": "1\n00:00:00,500 --> never\nHi.\n"}, "line 2"),
        ("SpeechloomDub", {"subtitles": SRT, "mode": "sideways"}, "sideways"),
        ("SpeechloomDub", {"subtitles": SRT, "on_failure": "shrug"}, "shrug"),
    ):
        error = failure_of(pack, node_id, **given)
        assert expected in str(error), f"{given}: {error!r}"


@contract
def progress_ends_at_the_whole(pack: Pack) -> None:
    from comfy.utils import set_progress_bar_global_hook

    seen: list[tuple[float, float]] = []
    set_progress_bar_global_hook(lambda value, total, preview, **_: seen.append((value, total)))
    try:
        pack.run("SpeechloomSpeak", text=" ".join(f"Sentence number {number}." for number in range(40)))
    finally:
        set_progress_bar_global_hook(None)
    assert seen[-1] == (40, 40)
    assert seen == sorted(seen)


@contract
def progress_is_told_as_text_too(pack: Pack) -> None:
    server = getattr(sys.modules.get("server"), "__file__", "")
    if not server.startswith(str(FAKES)):  # a real one belongs to an application; test_comfyui_host.py looks at that
        return
    from server import PromptServer

    texts = PromptServer.instance.texts
    texts.clear()
    pack.run("SpeechloomSpeak", text="One. Two. Three.")
    assert texts[-1][0].startswith("3 of 3 segments, ")
    assert {(node, client) for _, node, client in texts} == {("7", "the client")}


@contract
def an_interruption_comes_through_as_it_is(pack: Pack) -> None:
    from comfy.model_management import InterruptProcessingException, interrupt_current_processing

    interrupt_current_processing(True)
    error = failure_of(pack, "SpeechloomSpeak", text="Nobody will hear this.")
    assert type(error) is InterruptProcessingException, repr(error)
    _, timings = pack.run("SpeechloomSpeak", text="But they will hear this.")
    assert json.loads(timings)["pieces"][0]["status"] == "spoken"


@contract
def an_interruption_in_the_middle_of_a_sentence(pack: Pack) -> None:
    import threading

    from comfy.model_management import InterruptProcessingException, interrupt_current_processing
    from comfy.utils import set_progress_bar_global_hook

    pressing = threading.Timer(0.3, interrupt_current_processing, [True])
    set_progress_bar_global_hook(lambda value, *_, **__: pressing.start() if value == 1 else None)
    try:
        error = failure_of(pack, "SpeechloomSpeak", text="Kept. This one is endless. Never reached.")
    finally:
        set_progress_bar_global_hook(None)
    assert type(error) is InterruptProcessingException, repr(error)
    _, timings = pack.run("SpeechloomSpeak", text="Kept. And this is new.")
    assert [piece["cached"] for piece in json.loads(timings)["pieces"]] == [True, False]


@contract
def a_failing_sentence_shows_the_engine_s_own_message(pack: Pack) -> None:
    error = failure_of(pack, "SpeechloomSpeak", text="Fine. An unspeakable word. Fine again.")
    assert type(error).__name__ == "SegmentError"
    assert "I won't say that word" in str(error)
    assert "An unspeakable word." in str(error)


@contract
def a_failing_cue_is_a_named_gap_when_told_to_continue(pack: Pack) -> None:
    subtitles = SRT.replace("Two comes", "Unspeakable unspeakable")
    audio, adjusted, text = pack.run("SpeechloomDub", subtitles=subtitles, on_failure="continue")
    cues = json.loads(text)["cues"]
    assert [cue["status"] for cue in cues] == ["spoken", "failed"]
    assert "I won't say that word" in cues[1]["message"]
    assert "unspeakable" not in adjusted
    assert not audio["waveform"][0, 0, cues[0]["end_sample"] :].any()


@contract
def a_text_without_any_sound_is_an_error(pack: Pack) -> None:
    error = failure_of(pack, "SpeechloomSpeak", text="Only silence.")
    assert isinstance(error, ValueError)
    assert "nothing in the text that makes a sound" in str(error)


@contract
def only_failures_is_an_error(pack: Pack) -> None:
    subtitles = SRT.replace("n", " unspeakable ")
    error = failure_of(pack, "SpeechloomDub", subtitles=subtitles, on_failure="continue")
    assert isinstance(error, ValueError)
    assert "2 of 2 segments failed" in str(error)
    assert "I won't say that word" in str(error)
