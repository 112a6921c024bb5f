"""Each language's phonemes, with the offsets of all words."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kokoro_checkpoint import ALPHABET
from optional import skip_without
from spacy_standin import write_standin

from voxweft.engines.kokoro.common.errors import KokoroError, KokoroLanguageError
from voxweft.engines.kokoro.common.languages import LANGUAGES
from voxweft.engines.kokoro.common.tokens import Token, spell
from voxweft.engines.kokoro.g2p.alignment import align
from voxweft.engines.kokoro.g2p.english import EnglishG2P
from voxweft.engines.kokoro.g2p.espeak_voices import EspeakVoices
from voxweft.engines.kokoro.g2p.phonemizer import Phonemizer
from voxweft.engines.kokoro.g2p.required_import import import_required
from voxweft.engines.kokoro.g2p.scripts import runs
from voxweft.engines.kokoro.g2p.token_splitting import MAX_SYMBOLS
from voxweft.text.verbalize.verbalizer import make_verbalizer

skip_without("kokoro")

SYMBOLS = frozenset(ALPHABET)
SENTENCES = {
    "a": [
        "Hi Mediclinic. Your EHR project sounds interesting and has the potential for a lot of impact.",
        '"Well," she said, "I don\'t know; it\'s the 3rd of May, 1999."',
        "He paid 25 dollars (or 1,234 pounds) — and that's 50% of it!",
        "Is this the end of the affair? I've used to read books…",
    ],
    "e": [
        "Hola, ¿qué tal? Son 25 euros.",
        "«Buenos días», dijo ella (la reina) en 1999.",
        "En un lugar de la Mancha, de cuyo nombre no quiero acordarme, vivía un hidalgo de los de lanza en astillero.",
    ],
    "f": [
        "Il y a 25 hommes à l'hôtel.",
        "Est-ce que vous avez vu les enfants ? Oui, hier soir !",
        "Le week-end, nous allons au football avec des amis.",
        "Quatre-vingt-dix-neuf pour cent des gens s'en vont aujourd’hui.",
    ],
    "h": ["आप कैसे हैं? मैं ठीक हूँ, धन्यवाद!", "भारत में 25 राज्य हैं और बहुत सी भाषाएँ बोली जाती हैं"],
    "i": ["Ciao, come stai? Sono 25 anni.", "L'amico dell'anno ha detto: \"Non lo so!\""],
    "p": ["Olá, tudo bem? Não há João.", "Eu tenho 25 anos e moro em São Paulo; gosto muito de música."],
    "j": [
        "今日は3時に会議があります。",
        "「こんにちは」と彼は言った！",
        "東京タワーへ行った。とても楽しかった？",
        "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。",
    ],
    "z": [
        "今天是2024年，价格是3.5元。",
        "他说：“你好！”然后走了。《红楼梦》第一回；百分之50%的人。",
        "一九九九年5月3日，天气25℃。",
    ],
}
SENTENCES["b"] = SENTENCES["a"]
NEEDED = {"j": ("fugashi", "unidic_lite", "jaconv", "mojimoji"), "z": ("jieba", "cn2an", "pypinyin", "ordered_set")}
CODES = [
    pytest.param(
        code,
        marks=pytest.mark.skipif(
            not all(map(importlib.util.find_spec, NEEDED.get(code, ()))), reason=f"without {NEEDED.get(code)}"
        ),
    )
    for code in LANGUAGES
]


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = write_standin(tmp_path_factory.mktemp("standin"))
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


class Recorder:
    """A phonemizer, with its notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.phonemizer = Phonemizer(SYMBOLS, self.notes.append)

    def tokens(self, code: str, text: str, start: int = 0, end: int | None = None) -> list[Token]:
        return self.phonemizer.tokens(text, LANGUAGES[code], start, len(text) if end is None else end)

    def written(self, code: str, text: str) -> list[tuple[str, str]]:
        return [(text[token.start : token.end], token.phonemes) for token in self.tokens(code, text)]

    def spell(self, code: str, text: str) -> str:
        return spell(self.tokens(code, text))


@pytest.fixture(scope="module")
def spoken(standin: Path) -> Iterator[Recorder]:
    spoken = Recorder()
    yield spoken
    spoken.phonemizer.close()


@pytest.fixture(scope="module")
def bare() -> Iterator[Recorder]:
    """A phonemizer without spaCy's model."""
    spoken = Recorder()
    spoken.phonemizer._has_english_model = False
    yield spoken
    spoken.phonemizer.close()


def filtered(phonemes: str) -> str:
    return " ".join("".join(symbol for symbol in phonemes if symbol in SYMBOLS).split())


def check_offsets(text: str, tokens: list[Token]) -> None:
    last = 0
    for token in tokens:
        assert last <= token.start < token.end <= len(text)
        assert SYMBOLS.issuperset(token.phonemes)
        assert len(token.phonemes) <= MAX_SYMBOLS
        assert token.phonemes == token.phonemes.strip(" ")
        last = token.end
    inside = {place for token in tokens for place in range(token.start, token.end)}
    assert all(place in inside for place, character in enumerate(text) if character.isalnum())
    assert "  " not in spell(tokens)


@pytest.mark.parametrize("code", CODES)
def test_phonemes_equal_those_of_kokoros_pipeline(code: str, spoken: Recorder) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from kokoro import KPipeline

        if code == "j":
            # The pipeline imports it from misaki.ja, which also imports pyopenjtalk, without using it.
            from misaki.cutlet import Cutlet

            reference = Cutlet()
        else:
            reference = KPipeline(code, repo_id="hexgrad/Kokoro-82M", model=False).g2p
    for text in SENTENCES[code]:
        tokens = spoken.tokens(code, text)
        assert spell(tokens) == filtered(reference(text)[0])
        check_offsets(text, tokens)
        for token in tokens:
            if text[token.start : token.end].isalnum():
                assert token.phonemes


@pytest.mark.parametrize("code", CODES)
def test_the_name_of_each_g2p(code: str, spoken: Recorder) -> None:
    name = spoken.phonemizer.name(LANGUAGES[code])
    short = LANGUAGES[code].tag.partition("-")[0]
    assert name.startswith(f"{'misaki' if code in 'abjz' else 'espeak'}-{short} ")
    assert name[-1].isdigit()


def test_varieties_of_english_differ(spoken: Recorder, bare: Recorder) -> None:
    for g2p in (spoken, bare):
        assert g2p.spell("a", "hot") != g2p.spell("b", "hot")


def test_without_spacys_model_espeak_reads_english(bare: Recorder) -> None:
    bare.phonemizer._has_english_model = None
    text = "of the 25 men"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("voxweft.engines.kokoro.g2p.phonemizer.has_model", lambda: False)
        for code in "ab":
            check_offsets(text, bare.tokens(code, text))
            assert bare.phonemizer.name(LANGUAGES[code]).startswith("espeak-en 1.")
    assert bare.written("a", text) == [("of", "ʌv"), ("the", "ðə"), ("25", "twˈɛnti fˈIv"), ("men", "mˈɛn")]


def test_words_of_a_joined_and_expanded_clause_keep_their_offsets(spoken: Recorder) -> None:
    assert ("25", "bˌAntiθˈinko") in spoken.written("e", "Son 25 euros") or spoken.written("e", "Son 25 euros")[1][
        0
    ] == "25"
    written = dict(spoken.written("i", "nel 1999 era"))
    assert written["1999"].count(" ") == 2
    assert written["era"].startswith(("ˈ", "e", "ɛ"))


@pytest.mark.parametrize(
    ("code", "text", "n_stops"),
    [
        ("e", "Vino la Dra. López y ya.", 1),
        ("p", "Veio a Dra. Souza.", 1),
        ("i", "Ecco il sig. Rossi.", 1),
        ("f", "Voici le Prof. Petit, av. Foch.", 1),
        ("e", "Fin. Luego vino.", 2),
        ("e", "ok. vale", 1),
    ],
)
def test_the_full_stop_of_an_abbreviation_is_no_pause(code: str, text: str, n_stops: int, bare: Recorder) -> None:
    assert bare.spell(code, text).count(".") == n_stops
    check_offsets(text, bare.tokens(code, text))


@pytest.mark.parametrize(
    ("code", "number", "words"),
    [("e", "10.000", 2), ("e", "3,5", 3), ("f", "3,5", 3), ("i", "3,5", 3), ("a", "3.14", 4)],
)
def test_marks_in_numbers_are_part_of_the_number(code: str, number: str, words: int, bare: Recorder) -> None:
    ((text, phonemes),) = bare.written(code, number)
    assert text == number
    assert len(phonemes.split()) == words


@pytest.mark.parametrize(
    ("text", "plain"),
    [("1,000元", "1000元"), ("１２３", "123"), ("1999-2000", "1999到2000")],
)
@pytest.mark.skipif(not importlib.util.find_spec("jieba"), reason="without jieba")
def test_chinese_numbers(text: str, plain: str, spoken: Recorder) -> None:
    assert spoken.spell("z", text) == spoken.spell("z", plain)
    check_offsets(text, spoken.tokens("z", text))


@pytest.mark.skipif(not importlib.util.find_spec("unidic_lite"), reason="without unidic-lite")
def test_japanese_numbers(spoken: Recorder) -> None:
    assert spoken.spell("j", "1,000円") == spoken.spell("j", "1000円")
    assert len(spoken.spell("j", "09012345678").split()) == 11
    assert spoken.spell("j", "3.5キロ") == "saɴ teŋɡo kʲiɾo"


@pytest.mark.parametrize("code", [code for code in CODES if code.values[0] in "jz"])
def test_latin_words_in_chinese_and_japanese_are_english(code: str, spoken: Recorder) -> None:
    text = {"z": "我的iPhone很贵，WiFi也是。", "j": "iPhoneを買った。WiFiも。"}[code]
    written = dict(spoken.written(code, text))
    for word in ("iPhone", "WiFi"):
        assert written[word] == spoken.spell("a", word)
    check_offsets(text, spoken.tokens(code, text))


@pytest.mark.parametrize("code", CODES)
def test_foreign_scripts_are_read(code: str, spoken: Recorder) -> None:
    text = "Привет мир 한국어 Ελλάδα"
    for word, phonemes in spoken.written(code, text):
        assert phonemes, word
    assert spoken.spell(code, "Привет") == filtered("prʲivʲˈet")


def test_a_sign_without_a_pronunciation_is_noted_and_a_language_flag_is_not_spoken(spoken: Recorder) -> None:
    spoken.notes.clear()
    assert spoken.spell("e", "hola ★ mundo") == spoken.spell("e", "hola") + " mˈundo"
    assert len(spoken.notes) == 1
    assert "★" in spoken.notes[0]
    assert "(" not in spoken.spell("a", "the नमस्ते word")


@pytest.mark.parametrize("tag", ["``", "-RRB-", ":", "$"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It fell to -5°C last night.", {"-5": "mˈInəs fˈIv", "°": "dᵻɡɹˈiz"}),
        ("It costs -12.", {"-12": "mˈInəs twˈɛlv"}),
        ("They measured -$5 yesterday.", {"$5": "fˈIv"}),
        ("He paid $7 for it.", {"$7": "sˈɛvən dˈɑləɹz"}),
        ("It cost £3 or €4.", {"£3": "θɹˈi pˈWndz", "€4": "fˈɔɹ jˈʊɹOz"}),
        ("the ñandú there", {"ñandú": "njˈændu"}),
    ],
)
def test_a_word_that_is_tagged_as_a_mark_is_spoken(
    tag: str, text: str, expected: dict[str, str], spoken: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """spaCy's own model takes some numbers for quotes or brackets, which misaki would then say nothing for."""
    spoken.spell("a", "load it")
    g2p = spoken.phonemizer._g2ps["a"]
    assert isinstance(g2p, EnglishG2P)
    tagger = g2p.model.nlp

    def with_wrong_tags(text: str) -> Any:
        doc = tagger(text)
        for token in doc:
            if not token.text.isascii() or any(map(str.isdigit, token.text)):
                token.tag_ = tag
        return doc

    monkeypatch.setattr(g2p.model, "nlp", with_wrong_tags)
    spoken.notes.clear()
    written = spoken.written("a", text)
    for word, phonemes in expected.items():
        assert any(word in name and phonemes in said for name, said in written), written
    assert spoken.notes == []


def test_only_signs_that_are_not_read_are_noted(spoken: Recorder) -> None:
    spoken.notes.clear()
    spoken.spell("a", "I paid $5 million, then €6.50 and £7.")
    assert spoken.notes == []
    spoken.spell("a", "I pay in $ here.")
    assert spoken.notes == ["left out, since American English has no pronunciation for them: $"]


@pytest.mark.parametrize("code", ["a", "e", "f", "h", "i", "p"])
def test_digits_of_other_scripts_are_numbers(code: str, spoken: Recorder) -> None:
    plain = spoken.spell(code, "2 5 3")
    assert spoken.spell(code, "२ ⑤ ３") == plain


def test_invisible_characters_and_other_forms_change_nothing(spoken: Recorder) -> None:
    plain = spoken.spell("f", "l'hôtel du café, 25 ans")
    text = "l’hô\u00adtel\u00a0du\ncafe\u0301\u200b,\t２５ \ud800 ans"
    assert spoken.spell("f", text) == plain
    check_offsets(text, spoken.tokens("f", text))
    assert ("cafe\u0301", "kafˈe") in spoken.written("f", text)


def test_a_part_has_offsets_into_the_whole(spoken: Recorder) -> None:
    text = "Uno. Dos tres. Cuatro."
    tokens = spoken.tokens("e", text, 5, 14)
    assert [text[token.start : token.end] for token in tokens] == ["Dos", "tres", "."]


@pytest.mark.parametrize("code", CODES)
def test_overrides_keep_the_users_phonemes(code: str, spoken: Recorder, bare: Recorder) -> None:
    text = {
        "h": "यह [दुनिया](/abˈɑ/) है [सब कुछ](/su mɑ/)।",
        "j": "これは[今日](/abˈɑ/)は[東京タワー](/su mɑ/)。",
        "z": "我在[北京](/abˈɑ/)的[红楼梦](/su mɑ/)。",
    }.get(code, "la [Kokoro](/abˈɑ/) de [La Mancha, 3.5](/su mɑ/).")
    for g2p in (spoken, bare):
        tokens = g2p.tokens(code, text)
        override_spans = [token for token in tokens if token.phonemes in ("abˈɑ", "su mɑ")]
        assert len(override_spans) == 2
        assert text[override_spans[0].start - 1] == text[override_spans[1].start - 1] == "["
        assert text[override_spans[0].end] == text[override_spans[1].end] == "]"
        plain = text.replace("[", "").replace("](/abˈɑ/)", "").replace("](/su mɑ/)", "")
        # The words around the overrides sound as in the plain text.
        assert g2p.spell(code, plain).split()[0] == spell(tokens).split()[0]


def test_an_override_within_a_word(spoken: Recorder, bare: Recorder) -> None:
    for g2p in (spoken, bare):
        written = g2p.written("a", "pre[Kok](/kɑk/)post [Kokoro](/kˈOkəɹO/)'s")
        assert ("Kok", "kɑk") in written
        assert ("Kokoro", "kˈOkəɹO") in written
        assert [word for word, _ in written] == ["pre", "Kok", "post", "Kokoro", "'s"]


def test_override_symbols_are_checked(spoken: Recorder) -> None:
    assert spoken.spell("e", "[x](/gã/)") == "ɡa\u0303"
    with pytest.raises(KokoroError, match=r"'@' \(U\+0040\).*/a@b/"):
        spoken.tokens("e", "[x](/a@b/)")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "\n\t\0\x07",
        "...",
        "?!",
        "—",
        "😀😀",
        "\ud800\udfff",
        "'" * 300,
        "1" * 700,
        "a" * 900,
        "-" * 300,
        "1-" * 200,
        "Ꭰꙮ",
        "½ ② ﷺ ℃",
        "[a](/b/)" * 40,
        "(" * 200,
        "ーゃっ",
        "㐂龦𠮷",
        "a\u0301" * 200,
        "，。「」",
    ],
)
def test_unusual_input_keeps_all_offsets(code: str, text: str, spoken: Recorder) -> None:
    check_offsets(text.replace("[a](/b/)", "        "), spoken.tokens(code, text))


CHARACTERS = "aB é1.,'’-— «»\"()[]/$%&😀你好かカ漢Пр한नि३\u0301\u200b\u00a0\ud800\n½²"


@pytest.mark.parametrize("code", CODES)
@settings(max_examples=25)
@given(text=st.text(st.sampled_from(CHARACTERS), max_size=40))
def test_any_text_keeps_all_offsets(code: str, text: str, spoken: Recorder) -> None:
    check_offsets(text, spoken.tokens(code, text))


@pytest.mark.parametrize("code", ["e", "f", "i", "p"])
@settings(max_examples=25)
@given(
    words=st.lists(
        st.sampled_from(["il", "y", "a", "de", "la", "25", "l'hôtel", "1999", "que", "días", "week-end", "★"]),
        min_size=1,
    )
)
def test_the_phonemes_are_those_of_the_whole_clause(code: str, words: list[str], spoken: Recorder) -> None:
    text = " ".join(words)[:390].rstrip()
    whole = spoken.phonemizer._voices.voice({"e": "es", "f": "fr-fr", "i": "it", "p": "pt-br"}[code])._say(text)
    assert spoken.spell(code, text) == filtered(whole)


@given(st.lists(st.text("ab ˈː\u0303", max_size=5), max_size=8), st.text("ab ˈː\u0303", max_size=30))
def test_alignment_only_splits(alone: list[str], whole: str) -> None:
    whole, alone = " ".join(whole.split()), [" ".join(word.split()) for word in alone]
    parts = align(whole, alone)
    assert len(parts) == len(alone)
    assert "".join(parts) == (whole if alone else "")
    for number, part in enumerate(parts):
        before = "".join(parts[:number])
        assert not part.startswith((" ", "ː", "\u0303")) or not before or before.endswith(" ")


def test_alignment_of_joined_and_expanded_words() -> None:
    whole = "ʌvðə twˈɛnti fˈIv mˈɛn"
    assert align(whole, ["ʌv", "ðə", "twˈɛnti fˈIv", "mˈɛn"]) == ["ʌv", "ðə ", "twˈɛnti fˈIv ", "mˈɛn"]


@given(st.text("aя你カ 1-", max_size=30))
def test_runs_cover_the_text(text: str) -> None:
    found = list(runs(text, frozenset({"latin"})))
    assert "".join(text[run.start : run.end] for run in found) == text


def test_a_missing_package_is_named_with_its_command() -> None:
    with pytest.raises(
        KokoroLanguageError, match=r"packages for Klingon are missing .*no_such_package.*pip install klingon-g2p"
    ):
        import_required("no_such_package", "Klingon", "klingon-g2p")


_PROBE = """
import os, sys, tempfile
from pathlib import Path
from voxweft.utils.offline import refuse_egress

refuse_egress("the probe")
temporary = os.path.realpath(tempfile.gettempdir())
strays = []

def watch(event, args):
    if event == "open" and isinstance(args[0], str) and (args[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        path = os.path.realpath(args[0])
        if not path.startswith((temporary, "/dev/", "/proc/")) and "__pycache__" not in path:
            strays.append(path)
    elif event == "subprocess.Popen" and args[0] == "/sbin/ldconfig":
        pass  # ctypes.util.find_library
    elif event in ("subprocess.Popen", "os.system", "os.posix_spawn", "os.exec"):
        strays.append(f"{event} {args}")

sys.addaudithook(watch)
from voxweft.engines.kokoro.g2p.phonemizer import Phonemizer
from voxweft.engines.kokoro.common.languages import LANGUAGES

notes = []
phonemizer = Phonemizer(frozenset(ALPHABET), notes.append)
for code, text in TEXTS.items():
    assert phonemizer.tokens(text, LANGUAGES[code], 0, len(text)), code
others = {"spacy", "jieba", "fugashi", "pypinyin", "torch", "pyopenjtalk"} & set(sys.modules)
phonemizer.close()
print("strays", strays)
print("others", sorted(others))
print("left", sorted(os.listdir(temporary)))
sys.stdout.flush()
os._exit(0)
"""


def probe(texts: dict[str, str], path: str, temporary: Path) -> str:
    code = _PROBE.replace("TEXTS", ascii(texts)).replace("ALPHABET", ascii(ALPHABET))
    paths = [path, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "TMPDIR": str(temporary), "TEMP": str(temporary)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_offline_no_file_is_written_and_no_temporary_file_remains(standin: Path, tmp_path: Path) -> None:
    texts = {code: SENTENCES[code][0] for code in LANGUAGES if all(map(importlib.util.find_spec, NEEDED.get(code, ())))}
    printed = probe(texts, str(standin), tmp_path)
    assert "strays []" in printed
    assert "left []" in printed


def test_only_the_packages_of_the_language_are_imported(tmp_path: Path) -> None:
    assert "others []" in probe({"e": "Hola", "f": "Oui"}, "", tmp_path)


def test_closing_removes_the_copies_of_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spoken = Recorder()
    assert not list(tmp_path.iterdir())
    spoken.tokens("i", "ciao")
    # Where a loaded library can be deleted, its folder is removed at once.
    assert bool(list(tmp_path.iterdir())) == (sys.platform == "win32")
    spoken.phonemizer.close()
    spoken.phonemizer.close()
    assert not list(tmp_path.iterdir())
    with pytest.raises(KokoroLanguageError, match="closed"):
        spoken.tokens("i", "ciao")


@pytest.mark.parametrize(("code", "letter"), [("a", "ɛks"), ("e", "kis")])
def test_a_very_long_word_is_read_completely(code: str, letter: str) -> None:
    voices = EspeakVoices()
    reader = voices.english(british=False) if code == "a" else voices.voice("es")
    assert spell(reader.read("x" * 400)).count(letter) == 400
    assert spell(reader.read("banana" * 28)).count("n") == 2 * 28
    voices.close()


@pytest.mark.parametrize(
    ("code", "tag", "written", "phonemes"),
    [
        ("h", "hi", "डॉ. शर्मा", "ɖˈɔkʈəɾ ʃˈʌrmaː"),
        ("h", "hi", "2 कि.मी. दूर", "dˈoː kˌɪloːmˈiːʈəɾ dˈuːɾ"),
        ("h", "hi", "₹1,200", "ˈeːk həzˈaːɾ dˈoː sˈɔː ɾˈʊpˌeː"),
        ("h", "hi", "50%", "pəcˈaːs pɾˈʌtɪʃˌət"),
        ("j", "ja", "鉛筆3本", "empʲiʦɨ samboɴ"),
        ("j", "ja", "9月4日の9時", "kɯɡaʦɨ joʔka no kɯʥi"),
        ("j", "ja", "１７：３０に", "ʥɨːɕiʨiʥisaɲʥɨʔpɯɴ ɲi"),
        ("j", "ja", "20日に2人で", "haʦɨ ka ɲi ɸɯtaɾʲi de"),
        ("j", "ja", "￥800", "haʔpʲakɯeɴ"),
        ("j", "ja", "気温は-5℃", "kʲioɴ βa mainasɨɡodo"),
        ("z", "zh", "17:30", "ʂɨ↗ʨʰi→tjɛ↓n sa→nʂɨ↗fə→n"),
        ("z", "zh", "2个", "lja↓ŋkɤ↘"),
        ("z", "zh", "￥1,500", "i→ʨʰjɛ→nu↓pai↓ɥɛ↗n"),
        ("z", "zh", "-5°C", "fu↘u↓ ʂɤ↘ʂɨ↘tu↘"),
        ("z", "zh", "30km/h", "mei↓ ɕjau↓ʂɨ↗ sa→nʂɨ↗kʊ→ŋli↓"),
        ("z", "zh-TW", "2個，第2頁", "lja↓ŋkɤ↘, ti↘ɚ↘ je↘"),
    ],
)
def test_what_is_written_with_digits_is_pronounced_as_it_is_read(
    spoken: Recorder, code: str, tag: str, written: str, phonemes: str
) -> None:
    verbalizer = make_verbalizer(tag)
    assert verbalizer is not None
    text = verbalizer.apply(written)
    tokens = spoken.phonemizer.tokens(text, LANGUAGES[code], 0, len(text))
    assert spell(tokens).replace(" ", "") == phonemes.replace(" ", "")
