"""The texts that the checks speak."""

from __future__ import annotations

from ...utils.streaming.contract.language_tags import primary_tag

TEXTS = {
    "en": ("The north wind and the sun were arguing.", "A traveler came along in a warm coat.", "Yes."),
    "de": ("Einst stritten sich Nordwind und Sonne.", "Ein Wanderer kam in einem warmen Mantel.", "Ja."),
    "es": ("El viento norte y el sol discutían.", "Un viajero llegó con un abrigo cálido.", "Sí."),
    "fr": ("La bise et le soleil se disputaient.", "Un voyageur arriva dans un manteau chaud.", "Oui."),
    "it": ("Il vento del nord e il sole litigavano.", "Un viaggiatore arrivò con un mantello caldo.", "Certo."),
    "ja": ("北風と太陽が言い争っていました。", "旅人が暖かい上着を着てやって来ました。", "はい。"),
    "nl": ("De noordenwind en de zon hadden ruzie.", "Een reiziger kwam in een warme jas voorbij.", "Ja."),
    "pt": ("O vento norte e o sol discutiam.", "Um viajante chegou com um casaco quente.", "Sim."),
    "zh": ("北风和太阳正在争论。", "一个旅人穿着厚外套走来。", "好的。"),
}
"""Two sentences and a short text, by language."""

MAY_BE_SILENT = frozenset({"empty", "spaces", "emoji", "control characters"})
"""The unusual texts that need no audio."""
ABSENT_LANGUAGES = ("tlh", "vo", "la")
"""Languages that few engines have."""


def texts_in(language: str) -> tuple[str, ...]:
    """Return two sentences and a short text in a language (BCP-47); English ones for other languages."""
    return TEXTS.get(primary_tag(language), TEXTS["en"])


def known_language(languages: tuple[str, ...]) -> str:
    """Return the language of an engine that the checks speak: English, else one with texts, else its first."""
    by_primary = {primary_tag(tag): tag for tag in reversed(languages)}
    return next((by_primary[language] for language in TEXTS if language in by_primary), languages[0])


def unusual_texts(sentence: str) -> dict[str, str]:
    """Return texts that engines stumble over, by what they are."""
    return {
        "empty": "",
        "spaces": "  \n ",
        "one letter": "a",
        "digits": "12345.67",
        "quotes": f"“{sentence}” 'So,' \"he\" said.",
        "emoji": "😀👩‍👩‍👧",
        "control characters": "\x00\u200b\ufeff",
        "one long word": "a" * 300,
        "1,000 characters": (sentence + " ") * (1000 // (len(sentence) + 1)) + sentence[: 1000 % (len(sentence) + 1)],
    }
