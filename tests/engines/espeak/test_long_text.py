"""Long words and clauses: no text crashes the library, and none loses its end."""

from __future__ import annotations

import multiprocessing
import random
import re
import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.engines.espeak.abi import Parameter
from voxweft.engines.espeak.binding import EspeakLibrary, WordEvent, find_espeak
from voxweft.engines.espeak.long_text import cut_long, scripts_of
from voxweft.engines.espeak.voices import VoiceCatalog
from voxweft.utils.streaming import NamedVoice

UNITS = (
    *(
        "A.",
        "U.S.",
        "S.N.C.F.",
        "z.B.",
        "а.",
        "α.",
        "A. ",
        "W",
        "W ",
        "ACGT",
        "xkcd",
        "a",
        "aé",
        "river ",
        "1.",
        "71934",
        "x1",
    ),
    *(
        "hello/",
        "hello_",
        "a-b",
        "q'",
        "com.",
        "a\u0301\u0302",
        "b" + "\u0301\u0323" * 8,
        "👍😀",
        "∑≤",
        "слово",
        "щ",
        "λόγος",
        "שלום",
        "سلام",
        "हिन्दी",
    ),
    *(
        "বাংলা",
        "தமிழ்",
        "తెలు",
        "ಕನ್ನ",
        "മല",
        "ગુજ",
        "ਪੰਜ",
        "ଓଡ଼",
        "සිං",
        "ภาษา",
        "ລາວ",
        "བོད",
        "မြန်",
        "ខ្មែរ",
        "አማር",
        "ქართ",
        "հայ",
    ),
    *("中文", "中文 ", "カタ", "ひら", "한국", "ᏣᎳ"),
)
FEW, MANY = 4, 70
ALL_LETTERS = "".join(
    character for character in map(chr, range(0x110000)) if unicodedata.category(character) in ("Lu", "Ll", "Lo", "Nd")
)


def durations_s(voice: str, units: Sequence[str]) -> list[tuple[str, float, float]]:
    """Return for each unit that a voice reads how long it takes, spoken a few and many times, per time."""
    rows = []
    files = find_espeak()
    with EspeakLibrary(files) as library:
        chosen = VoiceCatalog.read(library, files.data, "en-us").choose(NamedVoice(voice), None)

    def spoken_s(text: str) -> float:
        n_samples = 0

        def count(pcm: bytes, _events: Sequence[WordEvent]) -> bool:
            nonlocal n_samples
            n_samples += len(pcm) // 2
            return True

        with EspeakLibrary(files) as library:
            library.set_voice(chosen.identifier, chosen.variant)
            library.set_parameter(Parameter.RATE_WPM, 450)
            library.speak(cut_long(text, scripts_of(chosen.language)).text, count)
        return n_samples / 22050

    frame_s = spoken_s("Begin, end.")
    for unit in units:
        one, few, many = ((spoken_s(f"Begin, {unit * times}, end.") - frame_s) / times for times in (1, FEW, MANY))
        if FEW * few > 1.1 * one:  # else it is a sign that the voice doesn't read
            rows.append((unit, few, many))
    return rows


def check(voices: Sequence[str], units: Sequence[str], at_least: float = 0.6) -> None:
    """Speak in a process of its own, since a crash would end this one. The voices are tried one after the other."""
    context = multiprocessing.get_context("spawn")
    lost = []
    with context.Pool(1, maxtasksperchild=1) as pool:
        for voice in voices:
            rows = pool.apply_async(durations_s, (voice, units)).get(timeout=300)
            # The library reads a long number digit by digit, and a run of one letter faster.
            heard = (row for row in rows if row[1] > 0.02 and row[0] not in ("71934", "a"))
            lost += [(voice, *row) for row in heard if row[2] < at_least * row[1]]
    assert not lost


def test_the_end_of_a_long_text_is_spoken() -> None:
    check(["en-us"], ("A.", "U.S.", "α.", "A. ", "W ", "ACGT", "xkcd", "x1", "hello/", "שלום", "カタ", "ខ្មែរ"))


@pytest.mark.slow
def test_the_end_of_a_long_text_is_spoken_in_every_voice() -> None:
    files = find_espeak()
    with EspeakLibrary(files) as library:
        infos = VoiceCatalog.read(library, files.data, "en-us").infos()
    # In Lojban, a comma is a letter and ends no clause: nothing crashes, but letters spelled by name may be lost.
    names = [info.name for info in infos if info.kind != "variant" and info.name != "jbo"]
    for part in range(8):  # every voice speaks an eighth of the units
        check(names[part::8], UNITS[part::8], at_least=0.55)


@settings(max_examples=200, deadline=None)
@given(
    st.text(st.sampled_from([*ALL_LETTERS, *" .,-'\n\u0301"]), max_size=400), st.sampled_from(["en", "ru", "ja", "th"])
)
def test_a_cut_adds_commas_and_space_and_loses_nothing(text: str, language: str) -> None:
    spoken = cut_long(text, scripts_of(language))
    inserted = set(spoken.inserted)
    assert "".join(c for at, c in enumerate(spoken.text) if at not in inserted) == text
    assert {spoken.text[at] for at in inserted} <= set(" ,\n")
    for at, character in enumerate(spoken.text):
        if at not in inserted:
            assert text[spoken.source(at)] == character


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "en",
            "The boat left the harbor at noon, and nobody on the shore asked the old man where it was going to " * 3,
        ),
        ("de", "Die Donaudampfschifffahrtsgesellschaft wirbt um Rechtsschutzversicherungsgesellschaften."),
        ("fi", "Epäjärjestelmällistyttämätön lentokonesuihkuturbiinimoottori seisoo."),
        ("ja", "きょうはとてもいいてんきですから、みんなでうみへいきましょう。船は昼に出ます。"),
        ("th", "วันนี้อากาศดีมากเราไปทะเลกัน"),
        ("ru", "Лодка вышла из гавани в полдень, и никто не спросил старика, куда она идёт."),
        (
            "en",
            "The U.S.S.R. launched on 4 October 1957; the number 1234567890123456 and 3.14159265 are read as before.",
        ),
    ],
)
def test_an_ordinary_text_is_unchanged(language: str, text: str) -> None:
    assert cut_long(text, scripts_of(language)).text == text


@pytest.mark.slow
def test_random_letters_of_all_scripts_are_spoken() -> None:
    random.seed(4)
    scattered = ["".join(random.choices(ALL_LETTERS, k=3)) for _ in range(40)]
    check(["en-us"], [unit for unit in scattered if not re.search(r"\d", unit)], at_least=0.5)
