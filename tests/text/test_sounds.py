import pytest

from voxweft.text.sounds import MAX_SOUND_CHARS, MOODS, SOUNDS, canonical_names, sound_key, sound_name


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("laugh", "laugh"),
        ("Laughs", "laugh"),
        ("LAUGHING", "laugh"),
        ("laughter.", "laugh"),
        (" clears  throat ", "clear_throat"),
        ("clear_throat", "clear_throat"),
        ("Clear-Throat", "clear_throat"),
        ("sighs deeply", "sigh"),
        ("softly chuckles", "chuckle"),
        ("whispering", "whisper"),
        ("angrily", "angry"),
        ("risas", "laugh"),
        ("lacht", "laugh"),
        ("SEUFZT", "sigh"),
        ("rires", "laugh"),
        ("à voix basse", "whisper"),
        ("笑", "laugh"),
        ("ため息", "sigh"),
        ("叹气", "sigh"),
    ],
)
def test_words_of_several_languages_mean_one_sound(words, name):
    assert sound_name(words) == name


@pytest.mark.parametrize(
    "words", ["", " ", "1", "door slams", "crowd laughing", "laugh track", "only", "ly", "x" * (MAX_SOUND_CHARS + 1)]
)
def test_other_words_mean_none(words):
    assert sound_name(words) == ""


def test_every_word_belongs_to_one_name():
    words = [sound_key(word) for names in (SOUNDS, MOODS) for listed in names.values() for word in listed.split(", ")]
    assert len(words) == len(set(words))
    for name in (*SOUNDS, *MOODS):
        assert sound_name(name) == name


def test_engines_add_names_of_their_own():
    assert sound_name("hums") == ""
    assert sound_name("Beat Box", {"beat_box"}) == "beat_box"
    assert sound_name("laughs", {"laugh"}) == "laugh"


def test_an_engine_may_declare_any_word_for_a_sound():
    assert canonical_names(["whispering", "clear throat", "Beat-Box"]) == {
        "whisper": "whispering",
        "clear_throat": "clear throat",
        "beat_box": "Beat-Box",
    }
