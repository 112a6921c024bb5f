"""The contracts of the nodes, as functions that run on the fake API and on a real ComfyUI (see `run_contracts`)."""

from __future__ import annotations

import itertools
import json
import logging
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from node_pack import Pack, failure_of
from pack_folder import FAKES
from paths import DATA
from performer_kit import texts_in
from workflow_prompt import as_prompt

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
    "a recording is cloned as its engine wants it",
    "a failing cue is a named gap with on failure continue",
    "a failing sentence shows the engine's message",
    "a text without any sound is an error",
    "an interruption in the middle of a sentence",
    "only failures is an error",
    "sounds are performed in scripts and subtitles and verified without",
}
"""Contracts that need the engines of tests in VOXWEFT_ENGINES (`TEST_ENGINES`); the others must run without them."""
TEST_ENGINES = os.pathsep.join(
    map(
        str,
        (FAKES / "engines" / "fussy", *(DATA / "engines" / name for name in ("mimic", "performer", "recognizer"))),
    )
)


def contract(function: Contract) -> Contract:
    CONTRACTS[function.__name__.replace("_s_", "'s ").replace("_", " ")] = function
    return function


@contract
def every_node_has_a_name_and_a_category(pack: Pack) -> None:
    assert {"VoxweftDub", "VoxweftSpeak", "VoxweftTranscribe"} <= set(pack.nodes)
    for name, node in pack.nodes.items():
        info = node.GET_NODE_INFO_V1()
        assert info["name"] == name
        assert info["display_name"].endswith(" (Voxweft)")
        assert info["category"].startswith("Voxweft/")
        assert len(info["description"]) > 40


@contract
def every_input_and_output_is_explained(pack: Pack) -> None:
    for name, node in pack.nodes.items():
        info = node.GET_NODE_INFO_V1()
        page = (pack.folder / "web" / "docs" / f"{name}.md").read_text(encoding="utf-8")
        for widget, (_, options) in (info["input"]["required"] | info["input"].get("optional", {})).items():
            assert len(options["tooltip"]) > 20, f"{name}.{widget}"
            assert f"| **{widget}** |" in page, f"{name}.{widget} has no line in the help page"
        assert len(info["output"]) == len(info["output_name"]) == len(info["output_tooltips"])
        for output, tooltip in zip(info["output_name"], info["output_tooltips"], strict=True):
            assert tooltip, f"{name}.{output}"
            assert f"| **{output}** |" in page, f"{name}.{output} has no line in the help page"


@contract
def the_locales_name_every_node_and_widget(pack: Pack) -> None:
    english = {
        name: {
            "display_name": schema.display_name,
            "description": schema.description,
            "inputs": {text.id: {"name": text.id, "tooltip": text.tooltip_text} for text in schema_inputs(node)},
        }
        for name, node in pack.nodes.items()
        for schema in [node.GET_SCHEMA()]
    }
    folders = sorted((pack.folder / "locales").iterdir())
    assert [folder.name for folder in folders] == ["en", "es", "ja", "zh"]
    for folder in folders:
        written = json.loads((folder / "nodeDefs.json").read_text(encoding="utf-8"))
        assert set(written) == set(english), folder.name
        for name, node in written.items():
            assert set(node["inputs"]) == set(english[name]["inputs"]), f"{folder.name}: {name}"
            assert len(node["outputs"]) == len(pack.nodes[name].GET_SCHEMA().outputs), f"{folder.name}: {name}"
            assert node["display_name"].endswith(" (Voxweft)")
            texts = (*node["inputs"].values(), *node["outputs"].values())
            assert all(text["name"] and text["tooltip"] for text in texts), f"{folder.name}: {name}"
            if folder.name == "en":
                assert {key: node[key] for key in english[name]} == english[name], name


class WidgetText(NamedTuple):
    id: str
    tooltip_text: str


def schema_inputs(node: Any) -> list[WidgetText]:
    given = node.GET_NODE_INFO_V1()["input"]
    widgets = given["required"] | given.get("optional", {})
    return [WidgetText(name, options["tooltip"]) for name, (_, options) in widgets.items()]


@contract
def widgets_have_the_limits_that_engines_may_declare(pack: Pack) -> None:
    spec = pack.inside("utils.streaming.contract.engine_spec").EngineSpec
    limits = {field.name: field.default for field in msgspec.structs.fields(spec)}
    for name in ("Speak", "Dub", "Narrate", "Cast"):
        widgets = pack.nodes[f"Voxweft{name}"].GET_NODE_INFO_V1()["input"]["required"]
        speed = widgets["speed"][1]
        assert (speed["min"], speed["max"]) == (limits["min_speed"], limits["max_speed"]), name
        assert widgets["voice"][1]["default"] == "", name
        assert "pitch" not in widgets, "the setting of a single engine"
    dub = pack.nodes["VoxweftDub"].GET_NODE_INFO_V1()["input"]["required"]
    assert sorted(dub["mode"][1]["options"]) == sorted(mode.value for mode in pack.inside("jobs.dub").DubMode)
    layout = pack.nodes["VoxweftTranscribe"].GET_NODE_INFO_V1()["input"]["required"]
    assert set(layout["preset"][1]["options"]) == set(pack.inside("media.subtitles.presets").PRESETS)


@contract
def the_front_end_names_the_nodes_and_their_files(pack: Pack) -> None:
    script = (pack.folder / "web" / "voxweft.js").read_text(encoding="utf-8")
    files, books = pack.inside("nodes.files"), pack.inside("nodes.common.inputs").BOOK_SUFFIXES
    for name, suffixes in (
        ("LoadText", files.TEXT_SUFFIXES),
        ("LoadSubtitles", files.SUBTITLE_SUFFIXES),
        ("Narrate", books),
    ):
        assert f'Voxweft{name}: "{",".join(suffixes)}"' in script
    (players,) = re.findall(r"PLAYERS = new Set\(\[(.*?)\]\)", script)
    assert {name.strip(' "') for name in players.split(",")} == {
        name for name, node in pack.nodes.items() if "Speech" in node.GET_NODE_INFO_V1()["category"]
    } | {"VoxweftDub"}


@contract
def example_workflows_fit_the_nodes(pack: Pack) -> None:
    described = {name: node.GET_NODE_INFO_V1() for name, node in pack.nodes.items()}
    for file in sorted((pack.folder / "example_workflows").glob("*.json")):
        workflow = json.loads(file.read_text(encoding="utf-8"))
        ours = [node for node in workflow["nodes"] if node["type"].startswith("Voxweft")]
        prompt = as_prompt(workflow | {"nodes": ours}, described)
        for node in ours:
            given = described[node["type"]]["input"]
            known = given["required"] | given.get("optional", {})
            named = {socket["name"]: socket for socket in node["inputs"]}
            assert set(named) <= set(known), f"{file.stem}: {node['type']}"
            for name, value in prompt[str(node["id"])]["inputs"].items():
                kind, options = known[name]
                where = f"{file.stem}: {node['type']}.{name} is {value!r}"
                if isinstance(value, list):
                    (type_of_source,) = [item["type"] for item in workflow["nodes"] if str(item["id"]) == value[0]]
                    source = described.get(type_of_source)
                    assert source is None or source["output"][value[1]] == kind, where
                elif kind in ("INT", "FLOAT"):
                    assert options["min"] <= value <= options["max"], where
                elif kind == "BOOLEAN":
                    assert isinstance(value, bool), where
                elif "options" in options and name != "file":
                    assert value in options["options"], where


@contract
def empty_text_is_an_error_that_names_the_widget(pack: Pack) -> None:
    for node_id, widget in (("VoxweftSpeak", "text"), ("VoxweftDub", "subtitles")):
        validate = pack.nodes[node_id].validate_inputs
        for empty in ("", " \n\t"):
            message = validate(**{widget: empty})
            assert isinstance(message, str)
            assert f"'{widget}' is empty" in message
        assert validate(**{widget: "words"}) is True
        assert validate(**{widget: None}) is True, "the value of a link is not yet known"
        assert validate() is True, "the host reports missing inputs"


@contract
def speak_returns_audio_and_its_timings(pack: Pack) -> None:
    import torch

    text = "Hello there. How are you today?\n\nFine, thank you."
    audio, timings, subtitles, info = pack.run("VoxweftSpeak", text=text)
    report = json.loads(timings)
    assert set(audio) == {"waveform", "sample_rate"}
    assert audio["sample_rate"] == report["sample_rate"] == 22050
    waveform = audio["waveform"]
    assert waveform.dtype == torch.float32
    assert tuple(waveform.shape) == (1, 1, round(report["duration_s"] * 22050))
    pieces = report["segments"]
    assert [piece["text"] for piece in pieces] == ["Hello there.", "How are you today?", "Fine, thank you."]
    samples = waveform[0, 0]
    for piece in pieces:
        assert text[piece["source_start"] : piece["source_end"]] == piece["text"]
        assert samples[piece["start_sample"] : piece["end_sample"]].abs().max() > 0.05
    for before, after in itertools.pairwise(pieces):
        assert after["start_sample"] > before["end_sample"]
        assert not samples[before["end_sample"] : after["start_sample"]].any()
    assert samples.numel() == pieces[-1]["end_sample"]
    cues = pack.inside("media.subtitles").read_subtitles(subtitles.encode()).cues
    assert " ".join(cue.spoken_text for cue in cues) == " ".join(piece["text"] for piece in pieces)
    assert json.loads(info)["engine"] == "espeak"


@contract
def settings_change_the_audio(pack: Pack) -> None:
    def spoken(**given: Any) -> Any:
        return pack.run("VoxweftSpeak", text="Hear the difference.", **given)[0]["waveform"]

    plain = spoken()
    assert spoken(speed=2.0).numel() < 0.75 * plain.numel()
    others = [spoken(engine=engine(pack, pitch=80)), spoken(voice="de"), spoken(voice="en-us+f2")]
    for other in others:
        assert other.shape != plain.shape or not other.equal(plain)
    assert spoken(voice=" ").equal(plain), "an empty name selects the default voice"


@contract
def the_second_run_comes_from_the_cache(pack: Pack) -> None:
    text = "This was never said before. Nor was this."
    first = pack.run("VoxweftSpeak", text=text)[0]
    deadline = time.monotonic() + 10
    while True:  # entries are written in the background
        again, timings, _, info = pack.run("VoxweftSpeak", text=text)
        if all(piece["cached"] for piece in json.loads(timings)["segments"]):
            break
        assert time.monotonic() < deadline
    assert json.loads(info)["cached"] == 2
    assert again["waveform"].equal(first["waveform"])
    again["waveform"].zero_()
    assert pack.run("VoxweftSpeak", text=text)[0]["waveform"].equal(first["waveform"])


@contract
def dub_starts_every_cue_at_its_time(pack: Pack) -> None:
    audio, adjusted, text, timeline, plan = pack.run("VoxweftDub", subtitles=SRT)
    assert timeline.ndim == 4
    assert timeline.shape[3] == 3
    assert 0 <= timeline.min() < timeline.max() <= 1
    report = json.loads(text)
    assert [cue["text"] for cue in report["cues"]] == ["One is here.", "Two comes\nlater on."]
    assert [cue["start_sample"] for cue in report["cues"]] == [round(0.5 * 22050), round(3.2 * 22050)]
    assert [cue["status"] for cue in report["cues"]] == ["spoken", "spoken"]
    assert report["notes"] == []
    planned = json.loads(plan)
    assert (planned["mode"], planned["too_long"]) == ("fit", 0)
    assert [(cue["fits"], cue["shorten_to"]) for cue in planned["cues"]] == [("slot", None)] * 2
    samples = audio["waveform"][0, 0]
    assert samples.numel() == round(report["duration_s"] * 22050)
    end = 0
    for cue in report["cues"]:
        assert not samples[end : cue["start_sample"]].any()
        end = cue["end_sample"]
        assert samples[cue["start_sample"] : end].abs().max() > 0.05
    cues = pack.inside("media.subtitles").read_subtitles(adjusted.encode()).cues
    assert [cue.start_ms for cue in cues] == [500, 3200]
    assert [cue.end_ms for cue in cues] == [round(cue["end_s"] * 1000) for cue in report["cues"]]


@contract
def dub_moves_the_cues(pack: Pack) -> None:
    report = json.loads(pack.run("VoxweftDub", subtitles=SRT, offset_s=1.5, rate="24:25")[2])
    assert [cue["slot_start_s"] for cue in report["cues"]] == [1.92, 4.512]
    assert report["notes"] == ["the times of the cues are moved by +1.5 s, then multiplied by 0.96"]


@contract
def dub_concatenates(pack: Pack) -> None:
    _, _, text, _, plan = pack.run("VoxweftDub", subtitles=SRT, mode="concatenate")
    assert plan == "", "only fit and stretch have one"
    first, second = json.loads(text)["cues"]
    assert first["start_sample"] == 0
    assert second["start_sample"] == first["end_sample"]


@contract
def dub_returns_the_format_of_the_input(pack: Pack) -> None:
    subtitles = pack.inside("media.subtitles")
    cues = subtitles.read_subtitles(SRT.encode()).cues
    for kind in ("srt", "vtt", "ass"):
        adjusted = pack.run("VoxweftDub", subtitles=subtitles.write_subtitles(cues, kind))[1]
        assert subtitles.read_subtitles(adjusted.encode()).format == kind
    ssa = subtitles.write_subtitles(cues, "ass").replace("v4.00+", "v4.00").replace("V4+ Styles", "V4 Styles")
    assert subtitles.read_subtitles(ssa.encode()).format == "ssa"
    assert subtitles.read_subtitles(pack.run("VoxweftDub", subtitles=ssa)[1].encode()).format == "ass"


@contract
def dub_notes_the_fixes_in_the_file(pack: Pack) -> None:
    report = json.loads(pack.run("VoxweftDub", subtitles=SRT.replace("00:00:03,200", "00:00:01,200"))[2])
    assert len(report["notes"]) == 1
    assert report["notes"][0].startswith("line 6: ")


@contract
def invalid_input_is_an_error_that_names_it(pack: Pack) -> None:
    for node_id, given, expected in (
        ("VoxweftSpeak", {"text": "Hello.", "voice": "klingon-hi"}, "klingon-hi"),
        ("VoxweftSpeak", {"text": "Hello.", "speed": 9.0}, "speed 9"),
        ("VoxweftSpeak", {"text": "Hello.", "engine": engine(pack, pitch=100)}, "pitch"),
        ("VoxweftSpeak", {"text": "  "}, "empty"),
        ("VoxweftDub", {"subtitles": "1\nsoon --> never\nHi.\n"}, "no cues"),
        ("VoxweftDub", {"subtitles": SRT, "mode": "sideways"}, "sideways"),
        ("VoxweftDub", {"subtitles": SRT, "on_failure": "shrug"}, "shrug"),
    ):
        error = failure_of(pack, node_id, **given)
        assert expected in str(error), f"{given}: {error!r}"


@contract
def progress_ends_at_the_total(pack: Pack) -> None:
    from comfy.utils import set_progress_bar_global_hook

    seen: list[tuple[float, float]] = []
    set_progress_bar_global_hook(lambda value, total, preview, **_: seen.append((value, total)))
    try:
        pack.run("VoxweftSpeak", text=" ".join(f"Sentence number {number}." for number in range(40)))
    finally:
        set_progress_bar_global_hook(None)
    assert seen[-1] == (40, 40)
    assert seen == sorted(seen)


def progress_texts() -> list[tuple[str, str, str]] | None:
    """Return the texts that the fake host received; None in a real host, where test_comfyui_host.py checks them."""
    server = getattr(sys.modules.get("server"), "__file__", "")
    if not server.startswith(str(FAKES)):
        return None
    from server import PromptServer

    texts: list[tuple[str, str, str]] = PromptServer.instance.texts
    return texts


@contract
def progress_is_also_shown_as_text(pack: Pack) -> None:
    texts = progress_texts()
    if texts is None:
        return
    texts.clear()
    pack.run("VoxweftSpeak", text="One. Two. Three.")
    assert texts[-1][0].startswith("3 of 3 segments, ")
    assert {(node, client) for _, node, client in texts} == {("7", "the client")}


@contract
def an_interruption_is_raised_unchanged(pack: Pack) -> None:
    from comfy.model_management import InterruptProcessingException, interrupt_current_processing

    interrupt_current_processing(True)
    error = failure_of(pack, "VoxweftSpeak", text="This is never spoken.")
    assert type(error) is InterruptProcessingException, repr(error)
    timings = pack.run("VoxweftSpeak", text="But this is.")[1]
    assert json.loads(timings)["segments"][0]["status"] == "spoken"


@contract
def an_interruption_in_the_middle_of_a_sentence(pack: Pack) -> None:
    import threading

    from comfy.model_management import InterruptProcessingException, interrupt_current_processing
    from comfy.utils import set_progress_bar_global_hook

    pressing = threading.Timer(0.3, interrupt_current_processing, [True])
    set_progress_bar_global_hook(lambda value, *_, **__: pressing.start() if value == 1 else None)
    try:
        error = failure_of(pack, "VoxweftSpeak", text="Kept. This one is endless. Never reached.")
    finally:
        set_progress_bar_global_hook(None)
    assert type(error) is InterruptProcessingException, repr(error)
    timings = pack.run("VoxweftSpeak", text="Kept. And this is new.")[1]
    assert [piece["cached"] for piece in json.loads(timings)["segments"]] == [True, False]


@contract
def a_failing_sentence_shows_the_engine_s_message(pack: Pack) -> None:
    error = failure_of(pack, "VoxweftSpeak", text="Fine. An unspeakable word. Fine again.")
    assert type(error).__name__ == "SegmentError"
    assert "I won't say that word" in str(error)
    assert "An unspeakable word." in str(error)


@contract
def a_failing_cue_is_a_named_gap_with_on_failure_continue(pack: Pack) -> None:
    subtitles = SRT.replace("Two comes", "Unspeakable unspeakable")
    audio, adjusted, text, *_ = pack.run("VoxweftDub", subtitles=subtitles, on_failure="continue")
    cues = json.loads(text)["cues"]
    assert [cue["status"] for cue in cues] == ["spoken", "failed"]
    assert "I won't say that word" in cues[1]["message"]
    assert "unspeakable" not in adjusted
    assert not audio["waveform"][0, 0, cues[0]["end_sample"] :].any()


@contract
def a_text_without_any_sound_is_an_error(pack: Pack) -> None:
    error = failure_of(pack, "VoxweftSpeak", text="Only silence.")
    assert isinstance(error, ValueError)
    assert "the text has nothing to speak" in str(error)


@contract
def only_failures_is_an_error(pack: Pack) -> None:
    subtitles = SRT.replace("n", " unspeakable ")
    error = failure_of(pack, "VoxweftDub", subtitles=subtitles, on_failure="continue")
    assert isinstance(error, ValueError)
    assert "2 of 2 segments failed" in str(error)
    assert "I won't say that word" in str(error)


# The nodes other than Speak and Dub.


def engine(pack: Pack, node_id: str = "VoxweftEspeak", **given: Any) -> Any:
    return pack.run(node_id, **given)[0]


@contract
def the_engine_nodes_match_the_engines(pack: Pack) -> None:
    registry = pack.inside("utils.streaming.contract.registry").EngineRegistry()
    kokoro, whisper = registry.get("kokoro"), registry.get("faster_whisper")
    voices = pack.inside("nodes.engines").KOKORO_VOICES
    assert voices[0] == kokoro.default_voice
    listed = [Path(file.path).stem for file in kokoro.weights[kokoro.default_model].voices]
    assert sorted(voices) == sorted(listed)
    models = pack.nodes["VoxweftFasterWhisper"].GET_NODE_INFO_V1()["input"]["required"]["model"][1]
    assert set(models["options"]) <= set(whisper.models)
    assert models["default"] == whisper.default_model
    cloning = {"Chatterbox": "chatterbox", "PocketTts": "pocket_tts", "F5Tts": "f5_tts", "MiraTts": "mira_tts"}
    for name, spec in ((name, registry.get(spec)) for name, spec in cloning.items()):
        if len(spec.models) == 1:
            spec.complete(engine(pack, f"Voxweft{name}").params)
            continue
        models = pack.nodes[f"Voxweft{name}"].GET_NODE_INFO_V1()["input"]["required"]["model"][1]
        assert models["options"] == ["by language", *spec.models]
        by_language, last = (
            engine(pack, f"Voxweft{name}", model=model) for model in ("by language", models["options"][-1])
        )
        assert (by_language.name, by_language.model, last.model) == (spec.name, "", models["options"][-1])
        spec.complete(last.params)
    for name, spec in (
        ("Espeak", registry.get("espeak")),
        ("FasterWhisper", whisper),
        *((name, registry.get(spec)) for name, spec in cloning.items()),
    ):
        widgets = pack.nodes[f"Voxweft{name}"].GET_NODE_INFO_V1()["input"]["required"]
        for param in set(spec.params) & set(widgets):
            options = widgets[param][1]
            assert options["default"] == spec.params[param].default, param
            assert (options.get("min"), options.get("max")) == (spec.params[param].min, spec.params[param].max), param
    for name in ("Speak", "Dub", "Narrate"):
        widgets = pack.nodes[f"Voxweft{name}"].GET_NODE_INFO_V1()["input"]["optional"]
        assert widgets["level_voices"][1]["default"] is True
        assert name == "Dub" or widgets["pause_scale"][1]["default"] == 1.0
    made = engine(pack, "VoxweftKokoro", low_latency=True)
    kokoro.complete(made.params)
    assert (made.name, made.voice, made.low_latency) == ("kokoro", "af_heart", True)
    assert not engine(pack, "VoxweftEngine", name="espeak").low_latency
    assert engine(pack, "VoxweftEngine", name="espeak", low_latency=True).low_latency
    (cast,) = pack.run("VoxweftCast", name="Ben", model=" turbo ", engine=made)
    assert (cast.members[0].model, cast.members[0].low_latency) == ("turbo", True)


@contract
def speak_takes_an_engine_and_a_voice(pack: Pack) -> None:
    def spoken(**given: Any) -> Any:
        return pack.run("VoxweftSpeak", text="Who is this?", **given)[0]["waveform"]

    plain = spoken()
    assert spoken(engine=engine(pack)).equal(plain), "the same engine with its defaults"
    german = spoken(voice="de")
    assert spoken(engine=engine(pack, voice="de")).equal(german), "the engine's voice if the widget is empty"
    assert spoken(engine=engine(pack, voice="fr"), voice="de").equal(german), (
        "the widget takes precedence over the engine's voice"
    )
    voice = pack.run("VoxweftVoice", voice="de")[0]
    assert spoken(speaker=voice, voice="fr").equal(german), "the connected voice takes precedence over both"
    monotone = spoken(engine=engine(pack, pitch_range=0))
    assert monotone.shape != plain.shape or not monotone.equal(plain)
    assert spoken(seed=7).equal(plain), "the engine is deterministic"
    several = spoken(engine=engine(pack, workers=2))
    assert several.equal(plain)


@contract
def an_unsupported_request_is_an_error_that_names_it(pack: Pack) -> None:
    recording = {"waveform": tone(16000, seconds=1.0), "sample_rate": 16000}
    reference = pack.run("VoxweftVoiceFromAudio", audio=recording, transcript="A tone.")[0]
    whisper = engine(pack, "VoxweftFasterWhisper")
    for node_id, given, expected in (
        ("VoxweftSpeak", {"text": "Hi.", "speaker": reference}, "can't imitate a recording"),
        ("VoxweftSpeak", {"text": "Hi.", "engine": whisper}, "doesn't speak"),
        ("VoxweftEngine", {"name": "kokoro", "params": "pitch=60"}, "pitch"),
        ("VoxweftTranscribe", {"audio": recording, "engine": engine(pack)}, "doesn't recognize"),
        ("VoxweftTranscribe", {}, "'audio' or 'video'"),
        ("VoxweftTranscribe", {"audio": {}, "video": {}}, "both are connected"),
        ("VoxweftTranscribe", {"audio": recording, "subtitle_format": "docx"}, "docx"),
        ("VoxweftEngine", {"name": "espeek"}, "espeak"),
        ("VoxweftEngine", {"params": "pitch"}, "line 1"),
        ("VoxweftEngine", {"params": "\npich=3"}, "pitch"),
        ("VoxweftVoiceFromAudio", {"audio": {"waveform": tone(8000, seconds=61.0), "sample_rate": 8000}}, "61 s"),
        ("VoxweftVoiceFromAudio", {"audio": None}, "'audio' has no audio"),
        ("VoxweftUnload", {"engine": "espeek"}, "espeak"),
        ("VoxweftCache", {"action": "burn"}, "burn"),
    ):
        error = failure_of(pack, node_id, **given)
        assert expected in str(error), f"{node_id} {list(given)}: {error!r}"


@contract
def a_recording_is_cloned_as_its_engine_wants_it(pack: Pack) -> None:
    notes = logging.getLogger(pack.inside("utils.streaming.loading.loaded_model").NOTES)
    handler = logging.NullHandler()  # else they would be printed
    notes.addHandler(handler)
    try:
        _clone(pack)
    finally:
        notes.removeHandler(handler)


def _clone(pack: Pack) -> None:
    mimic = {model: engine(pack, "VoxweftEngine", name="mimic", model=model) for model in ("sound", "words")}
    missing = failure_of(pack, "VoxweftSpeak", text="Hello.", engine=mimic["sound"])
    assert "needs one: a file (--voice alice.wav)" in str(missing)
    assert "'Voice from audio' node" in str(missing)
    long = {"waveform": tone(44100, seconds=5.0, channels=2), "sample_rate": 44100}
    voice = pack.run("VoxweftVoiceFromAudio", audio=long)[0]
    found = json.loads(pack.run("VoxweftSpeak", text="Hello there.", engine=mimic["sound"], speaker=voice)[3])
    assert "are used, as the maximum is 4 s" in found["voice_notes"][0]
    texts = progress_texts()
    assert texts is None or texts[-1][0].splitlines()[1:] == found["voice_notes"]
    error = failure_of(pack, "VoxweftSpeak", text="Hello.", engine=mimic["words"], speaker=voice)
    assert "write them into 'transcript' of the Voice from audio node" in str(error)
    some = {"waveform": tone(22050, seconds=3.0)[0], "sample_rate": 22050}
    voice = pack.run("VoxweftVoiceFromAudio", audio=some, transcript=" Words. ")[0]
    audio = pack.run("VoxweftSpeak", text="Hello there.", engine=mimic["words"], speaker=voice)[0]
    words = (audio["waveform"][0, 0, :6] * 255).round().int().tolist()
    assert bytes(words).decode() == "Words."
    short = {"waveform": tone(8000, seconds=0.7), "sample_rate": 8000}
    voice = pack.run("VoxweftVoiceFromAudio", audio=short)[0]
    error = failure_of(pack, "VoxweftSpeak", text="Hello.", engine=mimic["sound"], speaker=voice)
    assert "it is 0.70 s long; the minimum is 1 s" in str(error)


@contract
def sounds_are_performed_in_scripts_and_subtitles_and_verified_without(pack: Pack) -> None:
    lively, quiet = (engine(pack, "VoxweftEngine", name="performer", model=model) for model in ("lively", "quiet"))
    recognizer = engine(pack, "VoxweftEngine", name="recognizer")

    def texts(audio: Any) -> list[str]:
        return texts_in(audio["waveform"][0, 0].numpy())

    text = "Well [laughs], yes. [coughs]"
    audio, timings, subtitles, info = pack.run("VoxweftSpeak", text=text, engine=lively)
    assert texts(audio) == ["Well [laugh], yes."]
    assert "Well, yes." in subtitles
    (note,) = json.loads(info)["notes"]
    assert note == "[coughs] is left out: model 'lively' of engine 'performer' doesn't perform it"
    report = json.loads(pack.run("VoxweftVerify", audio=audio, timings=timings, engine=recognizer)[0])
    assert [segment["text"] for segment in report["segments"]] == ["Well, yes."]
    assert (report["words"], report["wer"] > 0) == (2, True)
    assert texts(pack.run("VoxweftSpeak", text=text, engine=quiet)[0]) == ["Well, yes."]
    film = "1\n00:00:00,500 --> 00:00:02,000\n(laughs) Yes.\n\n2\n00:00:03,000 --> 00:00:04,000\n(SIGHS)\n"
    assert texts(pack.run("VoxweftDub", subtitles=film, engine=lively)[0]) == ["Yes."]
    audio, adjusted, timings, *_ = pack.run("VoxweftDub", subtitles=film, engine=lively, perform_sounds=True)
    assert texts(audio) == ["[laugh] Yes.", "[sigh]"]
    assert "(laughs) Yes." in adjusted
    report = json.loads(pack.run("VoxweftVerify", audio=audio, timings=timings, engine=recognizer)[0])
    assert [segment["text"] for segment in report["segments"]] == ["Yes."]


@contract
def regenerate_needs_an_engine_with_a_seed_and_existing_segments(pack: Pack) -> None:
    info = pack.run("VoxweftSpeak", text="One. Two.")[3]
    for given, expected in (
        ({"info": info, "segments": "1"}, "has no seed"),
        ({"info": info, "segments": "two"}, "'segments' has 'two'"),
        ({"info": info, "segments": "3-1"}, "'segments' has '3-1'"),
        ({"info": "{}", "segments": "1"}, "'info' is not"),
    ):
        assert expected in str(failure_of(pack, "VoxweftRegenerate", **given)), given
    assert pack.inside("nodes.execute.speak").segment_numbers("2, 5-7 9") == [2, 5, 6, 7, 9]


@contract
def any_engine_is_selected_by_name(pack: Pack) -> None:
    made = engine(pack, "VoxweftEngine", name=" espeak ", voice="de", params="pitch=70\npitch_range = 0")
    assert made.params == {"pitch": 70, "pitch_range": 0}
    heard = pack.run("VoxweftSpeak", text="Any.", engine=made)[0]["waveform"]
    other = pack.run("VoxweftSpeak", text="Any.", engine=engine(pack, voice="de", pitch=70, pitch_range=0))[0]
    assert heard.equal(other["waveform"])


def tone(sample_rate: int, *, seconds: float, channels: int = 1, batch: int = 1) -> Any:
    import torch

    time_s = torch.arange(round(sample_rate * seconds), dtype=torch.float32) / sample_rate
    wave = 0.25 * torch.sin(2 * torch.pi * 220 * time_s)
    return wave.expand(batch, channels, -1).clone()


@contract
def speech_is_transcribed_aligned_and_verified(pack: Pack) -> None:
    import torch

    whisper = engine(pack, "VoxweftFasterWhisper", model="turbo")
    text = "Hello. Welcome to the show."
    audio, timings, *_ = pack.run("VoxweftSpeak", text=text)
    stereo = audio["waveform"].repeat(2, 2, 1)
    stereo[1, :, :] = 0
    texts = progress_texts()
    if texts is not None:
        texts.clear()
    heard, subtitles, words, languages = pack.run(
        "VoxweftTranscribe", audio={"waveform": stereo, "sample_rate": 22050}, engine=whisper, language="en"
    )
    assert len(heard) == len(subtitles) == len(words) == 2, "one result per item of the batch"
    if texts is not None:
        shown = [text for text, *_ in texts]
        assert shown[-1].endswith(" s transcribed")
        assert not [text for text in shown if "segment" in text], "recognition is counted in seconds"
        texts.clear()
    assert "welcome to the show" in heard[0].lower()
    assert languages[0] == "en"
    assert " --> " in subtitles[0]
    lines = heard[0].strip().replace("show", "circus")
    aligned, corrected = pack.run("VoxweftAlign", words=words[0], text=lines)
    assert "circus" in aligned
    before = {word["text"]: word["start_s"] for piece in json.loads(words[0])["segments"] for word in piece["words"]}
    after = {word["text"]: word["start_s"] for piece in json.loads(corrected)["segments"] for word in piece["words"]}
    kept = set(before) & set(after)
    assert len(kept) >= 3
    assert all(before[word] == after[word] for word in kept)
    report, worst, numbers, rate = pack.run(
        "VoxweftVerify", audio=audio, timings=timings, engine=whisper, language="en"
    )
    assert [segment["number"] for segment in json.loads(report)["segments"]] == [1, 2]
    assert texts is None or "(100 %)" in texts[-1][0]
    assert 0.0 <= rate <= 1.0
    assert len(worst.splitlines()) == len([number for number in numbers.split(", ") if number])
    shorter = {"waveform": torch.zeros(1, 1, 100), "sample_rate": 22050}
    assert "does not belong to 'audio'" in str(failure_of(pack, "VoxweftVerify", audio=shorter, timings=timings))
    assert "'timings' is neither" in str(failure_of(pack, "VoxweftVerify", audio=audio, timings="[]"))


@contract
def audio_is_joined_and_resampled(pack: Pack) -> None:
    mono = {"waveform": tone(8000, seconds=1.0), "sample_rate": 8000}
    wide = {"waveform": tone(16000, seconds=0.5, channels=2, batch=2), "sample_rate": 16000}
    given = {"gap_s": [0.25], "crossfade_s": [0.0]}
    whole = pack.run("VoxweftJoin", audio=[mono, wide], then=[mono], **given)[0]
    assert whole["sample_rate"] == 8000
    assert tuple(whole["waveform"].shape) == (1, 2, 8000 + 2 * 4000 + 8000 + 3 * 2000)
    assert not whole["waveform"][..., 8000:10000].any()
    faded = pack.run("VoxweftJoin", audio=[mono, mono], gap_s=[0.0], crossfade_s=[0.5])[0]
    assert faded["waveform"].shape[-1] == 12000
    both = failure_of(pack, "VoxweftJoin", audio=[mono, mono], gap_s=[0.1], crossfade_s=[0.5])
    assert "'gap_s' and 'crossfade_s'" in str(both)
    resampled = pack.run("VoxweftResample", audio=wide, sample_rate=24000, mono=True)[0]
    assert tuple(resampled["waveform"].shape) == (2, 1, 12000)
    longer = pack.run("VoxweftFit", audio=wide, duration_s=0.75)[0]
    assert tuple(longer["waveform"].shape) == (2, 2, 12000)
    assert "'duration_s' is 2" in str(failure_of(pack, "VoxweftFit", audio=wide, duration_s=2.0))
    flat = {"waveform": tone(8000, seconds=0.1)[0, 0], "sample_rate": 8000}
    assert tuple(pack.run("VoxweftResample", audio=flat, sample_rate=8000)[0]["waveform"].shape) == (1, 1, 800)
    holes = {"waveform": tone(8000, seconds=0.1) / 0, "sample_rate": 8000}
    assert "NaN or infinite" in str(failure_of(pack, "VoxweftResample", audio=holes))


@contract
def audio_is_normalized_to_a_loudness(pack: Pack) -> None:
    quiet = {"waveform": tone(16000, seconds=1.0, channels=2, batch=2) * 0.1, "sample_rate": 16000}
    quiet["waveform"][1] = 0
    quiet["waveform"][0, 1, 8000:8010] = 0.2
    result, lufs, peaks, report = pack.run("VoxweftLoudness", audio=quiet, target_lufs=-20.0, ceiling_dbtp=-3.0)
    assert result["waveform"].shape == quiet["waveform"].shape
    assert abs(lufs[0] + 20) < 1
    assert peaks[0] < -2.9
    assert (lufs[1], peaks[1]) == (-70.0, -200.0)
    items = json.loads(report)["items"]
    assert items[0]["after"]["lufs"] == lufs[0] > items[0]["before"]["lufs"] + 5
    left, right = result["waveform"][0] / quiet["waveform"][0].clamp(min=1e-6)
    loud = quiet["waveform"][0, 0] > 0.01
    loud[7900:9600] &= quiet["waveform"][0, 0][7900:9600] == quiet["waveform"][0, 1][7900:9600]
    assert (left - right)[loud].abs().max() < 1e-3, "both channels have the same gain"
    same, before, *_ = pack.run("VoxweftLoudness", audio=quiet, normalize=False)
    assert same["waveform"].equal(quiet["waveform"])
    assert before[0] == items[0]["before"]["lufs"]
    wide = {"waveform": tone(8000, seconds=0.5, channels=6), "sample_rate": 8000}
    assert "one or two channels" in str(failure_of(pack, "VoxweftLoudness", audio=wide))


@contract
def files_are_only_in_the_host_s_folders(pack: Pack) -> None:
    import folder_paths

    given = Path(folder_paths.get_input_directory())
    (given / "contract.txt").write_bytes("Grüße".encode("utf-16"))
    (given / "contract.srt").write_text(SRT, encoding="utf-8")
    (given.parent / "secret.txt").write_text("secret", encoding="utf-8")
    assert pack.run("VoxweftLoadText", file="contract.txt") == ("Grüße",)
    options = pack.nodes["VoxweftLoadSubtitles"].GET_NODE_INFO_V1()["input"]["required"]["file"][1]["options"]
    assert "contract.srt" in options
    subtitles, text, info = pack.run("VoxweftLoadSubtitles", file="contract.srt")
    assert subtitles.strip() == SRT.strip()
    assert text == "One is here.\nTwo comes later on."
    assert json.loads(info)["cues"] == 2
    russian = "1\n00:00:01,000 --> 00:00:02,000\nДобрый день.\nGood day.\n"
    (given / "contract.srt").write_bytes(russian.encode("cp866"))
    for line, expected in (("all", "Добрый день. Good day."), ("first", "Добрый день."), ("second", "Good day.")):
        chosen = pack.run("VoxweftLoadSubtitles", file="contract.srt", encoding="cp866", line=line)
        assert (chosen[1], json.loads(chosen[2])["encoding"]) == (expected, "cp866")
    before = pack.nodes["VoxweftLoadText"].fingerprint_inputs(file="contract.txt")
    (given / "contract.txt").write_text("More than before", encoding="utf-8")
    assert pack.nodes["VoxweftLoadText"].fingerprint_inputs(file="contract.txt") != before
    (given / "link.txt").unlink(missing_ok=True)
    (given / "link.txt").symlink_to(given.parent / "secret.txt")
    for name in ("../secret.txt", str(given.parent / "secret.txt"), "link.txt", "gone.txt", "", ".", "contract.srt"):
        assert "'file' is" in str(failure_of(pack, "VoxweftLoadText", file=name)), name
    output = Path(folder_paths.get_output_directory())
    (path,) = pack.run("VoxweftSaveSubtitles", subtitles=subtitles, filename_prefix="sub/contract", format="vtt")
    assert (output / path).read_text(encoding="utf-8").startswith("WEBVTT")
    (second,) = pack.run("VoxweftSaveSubtitles", subtitles=subtitles, filename_prefix="sub/contract", format="vtt")
    assert second != path
    for prefix in ("../outside", "/tmp/outside", "sub/..", ""):
        error = failure_of(pack, "VoxweftSaveSubtitles", subtitles=subtitles, filename_prefix=prefix)
        assert "'filename_prefix' is" in str(error), prefix


@contract
def a_cast_speaks_the_dub(pack: Pack) -> None:
    lines = "WEBVTT\n\n00:00.000 --> 00:01.500\n<v Anna>Good morning.\n\n00:02.000 --> 00:04.000\n<v Ben>Hello, Anna.\n"
    labeled = lines.replace("Hello", "MAN: Hello")
    plain = pack.run("VoxweftDub", subtitles=labeled, keep_labels="Boy, man")
    assert {speaker["speaker"] for speaker in json.loads(plain[2])["unmapped"]} == {"Anna", "Ben"}
    assert json.loads(plain[2])["cues"][1]["spoken_text"] == "MAN: Hello, Anna."
    cast = pack.run("VoxweftCast", name="anna", voice="en-us+f2")[0]
    cast = pack.run("VoxweftCast", name="Ben", engine=engine(pack), voice="de", gain_db=-6.0, cast=cast)[0]
    audio = pack.run("VoxweftDub", subtitles=lines, cast=cast)[0]["waveform"]
    assert not audio.equal(plain[0]["waveform"])
    written = "members:\n  Anna: {voice: en-us+f2}\n  Ben: {voice: de, gain_db: -6}\n"
    same = pack.run("VoxweftDub", subtitles=lines, cast=pack.run("VoxweftCastList", text=written)[0])
    assert same[0]["waveform"].equal(audio)
    assert "ANNA" in str(failure_of(pack, "VoxweftCast", name="ANNA", cast=cast))
    for mode in ("fit", "stretch", "pad"):
        report = json.loads(pack.run("VoxweftDub", subtitles=lines, cast=cast, mode=mode)[2])
        assert report["mode"] == mode
        assert [cue["status"] for cue in report["cues"]] == ["spoken", "spoken"]


@contract
def a_cast_speaks_a_script(pack: Pack) -> None:
    text = "So it began. [Anna] Good morning. [pause:1s] Ben: is near.\n\nBEN: Nguyen says [hm] hello."
    cast = pack.run("VoxweftCast", name="Anna", voice="en-us+f2", gain_db=-6.0)[0]
    cast = pack.run("VoxweftCast", name="Ben", engine=engine(pack), voice="de", cast=cast)[0]
    words = pack.run("VoxweftLexicon", text="Nguyen = new yen\nhello = hallow")[0]
    words = pack.run("VoxweftLexicon", text="Nguyen = win", lexicon=words)[0]
    given = {"text": text, "cast": cast, "lexicon": words}
    audio, timings, _, info = pack.run("VoxweftSpeak", **given)
    report, summary = json.loads(timings), json.loads(info)
    assert [(piece["text"], piece["speaker"], piece["voice"]) for piece in report["segments"]] == [
        ("So it began.", "", "en-us"),
        ("Good morning.", "Anna", "en-us+f2"),
        ("Ben: is near.", "Anna", "en-us+f2"),
        ("win says [hm] hallow.", "Ben", "de"),
    ], "the later lexicon takes precedence"
    assert summary["speakers"] == ["Anna", "Ben"]
    assert any("hm" in note for note in summary["notes"])
    spoken = pack.inside("nodes.execute.speak")
    again = spoken.run_speak(spoken.read_inputs(info), node_id=None).outputs
    assert again[0]["waveform"].equal(audio["waveform"]), "the info has all inputs"
    assert "has no seed" in str(failure_of(pack, "VoxweftRegenerate", info=info, segments="2"))
    plain = json.loads(pack.run("VoxweftSpeak", read_as="plain", **given)[1])["segments"]
    assert plain[1]["text"].startswith("[Anna] Good"), "every character is text"
    narrated = pack.run("VoxweftCast", name="Zoe", voice="fr", narrator=True, cast=cast)[0]
    assert json.loads(pack.run("VoxweftSpeak", text="Alone.", cast=narrated)[1])["segments"][0]["voice"] == "fr"
    for wrong, expected in (
        ({"text": "Fine.\n[Anna|pich:3] Hello."}, "2:1: "),
        ({"text": "Annna: Hello."}, "Anna"),
        ({"text": "[Anna]"}, "nothing to speak"),
        ({"read_as": "poetry"}, "poetry"),
    ):
        error = failure_of(pack, "VoxweftSpeak", **given | wrong)
        assert expected in str(error), f"{wrong}: {error!r}"
    assert "line 2" in str(failure_of(pack, "VoxweftLexicon", text="a = b\nnothing"))


BOOK = """Chapter 1: The Lamp

It was dark. She lit the lamp.

Chapter 2: The Ferry

Nobody crossed.
"""


def narrated(pack: Pack, **given: Any) -> tuple[Any, ...]:
    return pack.run("VoxweftNarrate", **{name: [value] for name, value in given.items()})


@contract
def a_book_is_narrated_into_files_and_resumes(pack: Pack) -> None:
    import folder_paths
    from comfy.model_management import InterruptProcessingException, interrupt_current_processing

    output = Path(folder_paths.get_output_directory())
    given = {"text": BOOK, "folder": "books/lamp", "format": "wav", "loudness_lufs": -20.0}
    audio, manifest, files, report = narrated(pack, **given)
    summary = json.loads(report)
    assert [chapter["title"] for chapter in summary["chapters"]] == ["Chapter 1: The Lamp", "Chapter 2: The Ferry"]
    assert summary["folder"] == "books/lamp"
    assert (summary["made"], summary["kept"]) == (5, 0)
    assert all((output / file).is_file() for file in files)
    assert [file.rpartition(".")[2] for file in files] == ["wav", "srt", "json"] * 2
    kinds = [json.loads(line)["kind"] for line in manifest.splitlines()]
    assert kinds.count("segment") == 5
    for recording, chapter in zip(audio, summary["chapters"], strict=True):
        assert recording["sample_rate"] == summary["sample_rate"]
        assert abs(recording["waveform"].shape[-1] / recording["sample_rate"] - chapter["duration_s"]) < 0.001
        assert recording["waveform"].abs().max() > 0.05
    again = json.loads(narrated(pack, **given | {"format": "flac", "output_audio": False})[3])
    assert (again["made"], again["kept"]) == (0, 5), "another format generates no speech"
    # One chapter, more text, another voice.
    some = narrated(pack, **given | {"only": "2", "text": BOOK + "It rained.\n"})
    assert len(some[0]) == 1
    assert json.loads(some[3])["made"] == 1
    other = given | {"voice": "de"}
    assert "'restart'" in str(failure_of(pack, "VoxweftNarrate", **{name: [value] for name, value in other.items()}))
    assert json.loads(narrated(pack, **other, restart=True)[3])["made"] == 5
    blocked = narrated(pack, **given | {"voice": "de", "output_audio": False})[0]
    assert "output_audio" in blocked.message
    # An interruption keeps the finished segments, and releases the folder for the next run.
    interrupt_current_processing(True)
    more = {name: [value] for name, value in (other | {"text": BOOK + "And on it went. And on."}).items()}
    error = failure_of(pack, "VoxweftNarrate", **more)
    assert type(error) is InterruptProcessingException, repr(error)
    ended = json.loads(pack.run("VoxweftNarrate", **more)[3])
    assert ended["kept"] >= 5
    assert ended["made"] + ended["kept"] == 7


@contract
def a_narration_never_deletes_another_one(pack: Pack) -> None:
    import folder_paths

    def folder_of(**given: Any) -> str:
        return str(json.loads(narrated(pack, format="wav", **given)[3])["folder"])

    texts = ["A first story. It is told.", "A second one. It ends."]
    assert folder_of(text=BOOK) == "voxweft/narration/api-7"
    try:
        pack.workflow = "0b5e1c"
        own = folder_of(text=BOOK)
        folder = Path(folder_paths.get_output_directory()) / own
        before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
        error = failure_of(pack, "VoxweftNarrate", text=texts, format=["wav"])
        pack.node_number = "12:8"
        others = json.loads(pack.run("VoxweftNarrate", text=texts, format=["wav"])[3])["folder"]
    finally:
        pack.node_number, pack.workflow = "7", None
    assert (own, others) == ("voxweft/narration/0b5e1c-7", "voxweft/narration/0b5e1c-12-8")
    assert f"'output/{own}': the folder contains another book" in str(error)
    assert "'restart'" in str(error)
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before


@contract
def a_book_is_a_text_a_list_of_texts_or_a_file(pack: Pack) -> None:
    import folder_paths

    node = pack.nodes["VoxweftNarrate"]
    (Path(folder_paths.get_input_directory()) / "contract.md").write_text("# One\n\nHi.\n\n# Two\n\nHo.\n", "utf-8")
    options = node.GET_NODE_INFO_V1()["input"]["required"]["file"][1]["options"]
    assert "contract.md" in options
    report = json.loads(narrated(pack, file="contract.md", folder="md", format="none", chapter_pause_s=0.0)[3])
    assert [chapter["title"] for chapter in report["chapters"]] == ["One", "Two"]
    assert not [file for chapter in report["chapters"] for file in chapter["files"] if file.endswith("mp3")]
    texts = ["The first\nHello.", "", "No title here."]
    audio, _, _, report = pack.run("VoxweftNarrate", text=texts, folder=["list"], format=["none"])
    assert [chapter["title"] for chapter in json.loads(report)["chapters"]] == ["The first", "Chapter 3"]
    assert len(audio) == 2
    script = "Chapter 1\n\n[Anna] Good morning. Nguyen.\n"
    cast = pack.run("VoxweftCast", name="Anna", voice="en-us+f2")[0]
    words = pack.run("VoxweftLexicon", text="Nguyen = win")[0]
    manifest = narrated(pack, text=script, folder="script", format="none", cast=cast, lexicon=words)[1]
    assert [json.loads(line)["text"] for line in manifest.splitlines() if '"segment"' in line][-1] == "win."
    assert node.validate_inputs(text=["Words."], file=["no file"]) is True
    assert node.validate_inputs(text=[None], file=["contract.md"]) is True, "the value of a link is not yet known"
    assert "no 'file' is selected" in node.validate_inputs(text=[" "], file=["no file"])
    assert "both set" in node.validate_inputs(text=["Words."], file=["contract.md"])
    assert node.fingerprint_inputs(file=["contract.md"], text=[""]) != node.fingerprint_inputs(file=["no file"])
    for wrong, expected in (
        ({"file": "../secret.md"}, "'file' is"),
        ({"text": "Hi.", "folder": "../elsewhere"}, "'folder' is"),
        ({"text": "Hi.", "folder": " "}, "'folder' is"),
        ({"text": "Hi.", "folder": "."}, "'folder' is"),
        ({"text": "Hi.", "only": "x"}, "'only' has 'x'"),
        ({"text": "Hi.", "only": "7"}, "chapter 7 does not exist"),
        ({"text": "Hi.", "format": "ogg"}, "ogg"),
        ({"text": "Hi.", "chapter_pattern": "("}, "("),
        ({"text": "Hi.", "loudness_lufs": -1.0}, "and -5 LUFS"),
        ({"text": "[Anna|pich:3] Hi.", "cast": cast}, "1:1: "),
        ({"text": "Hi.", "file": "contract.md"}, "both set"),
    ):
        given = {"folder": "wrong"} | wrong
        error = failure_of(pack, "VoxweftNarrate", **{name: [value] for name, value in given.items()})
        assert expected in str(error), f"{wrong}: {error!r}"
    assert not (Path(folder_paths.get_output_directory()) / "wrong").exists(), "an error writes nothing"


@contract
def the_host_s_memory_management_stops_the_workers(pack: Pack) -> None:
    from comfy import model_management

    pack.run("VoxweftSpeak", text="Something is loaded.")
    pack.run("VoxweftSpeak", text="Something is loaded still.")
    runtime = pack.inside("utils.streaming.runtime").shared_runtime()
    listed = model_management.current_loaded_models
    shown = [entry for entry in listed if getattr(entry.model, "engine", "") == "espeak"]
    assert len(shown) == 1, "an engine has a single entry"
    (pids,) = [runtime.loader.pids()["espeak"]]
    # The memory that a worker shares with others changes when they start and stop.
    held = sum(map(pack.inside("utils.streaming.loading.memory").tree_bytes, pids))
    assert max(held / 2, 1 << 20) < shown[0].model_memory() < held * 2
    # A request to free some GPU memory does not stop workers on the CPU.
    report, details = pack.run("VoxweftStatus")
    assert "espeak" in report
    assert [row["loaded"] for row in json.loads(details)["engines"] if row["name"] == "espeak"] == [True]
    model_management.unload_all_models()
    assert runtime.loader.pids() == {}
    assert not [entry for entry in model_management.current_loaded_models if getattr(entry.model, "engine", "")]
    pack.run("VoxweftSpeak", text="It comes back.")
    assert "espeak: " in pack.run("VoxweftUnload")[0]
    assert pack.run("VoxweftUnload")[0] == "no engine was loaded"


@contract
def the_cache_is_shown_and_cleared(pack: Pack) -> None:
    shown = json.loads(pack.run("VoxweftCache", action="verify")[0])
    assert shown["verified"]["damaged"] == []
    assert shown["entries"] > 0
    assert json.loads(pack.run("VoxweftCache", action="clear")[0])["entries"] == 0
