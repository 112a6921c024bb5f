import pytest

from voxweft.utils.streaming.contract.registry import EngineRegistry


@pytest.mark.parametrize(
    ("engine", "language", "voice", "expected"),
    [
        ("espeak", "de", "fr", "de"),
        ("espeak", None, "fr", "fr"),
        ("espeak", None, None, "en-us"),
        ("espeak", None, "en-us+f2", "en-us"),
        ("kokoro", None, None, "en"),
        ("kokoro", None, "if_sara", "it"),
        ("kokoro", None, "af_nova", "en-US"),
        ("kokoro", None, "em_alex", "es"),
        ("kokoro", None, "my_voice", None),
    ],
)
def test_the_spoken_language(engine, language, voice, expected):
    assert EngineRegistry().get(engine).language_of(language, voice) == expected


def test_a_model_of_one_language_speaks_it():
    pocket = EngineRegistry().get("pocket_tts")
    assert [pocket.language_of(None, None, model) for model in ("", "german")] == ["en", "de"]
    assert pocket.language_of("es-MX", None, "spanish") == "es-MX"
