"""The sounds and moods that engines perform: their names, and the words that texts use for them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache

MAX_SOUND_CHARS = 40
"""A bracket with more characters isn't a sound."""

SOUNDS: dict[str, str] = {
    "breath": "breath, breathes, breathing, deep breath, takes a breath, inhales, inhale, exhales, exhale, respira, "
    "respiración, atmet, atmet tief, respire, respiration, 深呼吸, 呼吸, respiro, inspira, дышит, тяжело дышит, "
    "oddycha, ademt, andas, 숨, 숨소리",
    "chuckle": "chuckle, chuckles, chuckling, schmunzelt, ríe entre dientes, petit rire, 含み笑い, 轻笑, ridacchia, "
    "усмехается, хихикает, chichocze, grinnikt, skrockar",
    "clear_throat": "clear throat, clears throat, clearing throat, clears his throat, clears her throat, "
    "throat clearing, carraspea, se aclara la garganta, räuspert sich, räuspern, se racle la gorge, 咳払い, 清嗓子",
    "cough": "cough, coughs, coughing, tos, tose, tosiendo, hustet, husten, tousse, toux, 咳, 咳き込む, 咳嗽, "
    "tossisce, tosse, кашляет, кашель, kaszle, kaszel, hoest, hostar, 기침, سعال, يسعل, खाँसी, खांसी",
    "cry": "cry, cries, crying, sob, sobs, sobbing, weep, weeps, weeping, llora, llorando, llanto, solloza, "
    "sollozos, weint, weinen, weinend, schluchzt, schluchzen, pleure, pleurs, en pleurs, sanglote, sanglots, 泣き声, "
    "泣く, 泣きながら, すすり泣き, 哭, 哭泣, 哭声, 抽泣, piange, piangendo, pianto, singhiozza, chora, chorando, "
    "choro, soluça, плачет, плач, всхлипывает, рыдает, płacze, płacz, szlocha, huilt, snikt, gråter, snyftar, 울음, "
    "흐느낌, بكاء, يبكي, تبكي, रोना, रोते हुए",
    "gasp": "gasp, gasps, gasping, jadea, jadeo, keucht, schnappt nach luft, halète, 息をのむ, 喘气, 倒吸一口气, "
    "ansima, ofega, ахает, wzdryga się, hijgt, flämtar, 헐떡임, يشهق",
    "giggle": "giggle, giggles, giggling, risita, risitas, kichert, kichern, glousse, gloussements, "
    "クスクス笑う, くすくす笑う, 咯咯笑",
    "groan": "groan, groans, groaning, moan, moans, moaning, gime, gemido, gemidos, quejido, stöhnt, stöhnen, ächzt, "
    "gémit, gémissement, grogne, うめき声, 呻吟, geme, gemito, стонет, стон, jęczy, jęk, kreunt, stönar, 신음, يئن",
    "laugh": "laugh, laughs, laughing, laughter, ríe, se ríe, riendo, risa, risas, lacht, lachen, lachend, "
    "gelächter, rit, rire, rires, en riant, 笑, 笑い, 笑う, 笑い声, 笑声, 大笑, risata, risate, ridendo, risos, "
    "risada, risadas, rindo, смеётся, смеется, смех, śmiech, śmieje się, gelach, skrattar, skratt, 웃음, 웃는다, "
    "웃으며, ضحك, يضحك, تضحك, हँसी, हंसी, हँसते हुए, हंसते हुए",
    "scream": "scream, screams, screaming, shriek, shrieks, grito, gritos, chilla, kreischt, hurle, hurlement, 悲鳴, "
    "叫び声, 尖叫, urla, urlo, кричит, крик, krzyczy, krzyk, schreeuwt, skriker, 비명, 고함, صراخ, يصرخ, "
    "تصرخ, चीख",
    "shush": "shush, shushes, shushing, shh, シーッ",
    "sigh": "sigh, sighs, sighing, suspira, suspirando, suspiro, seufzt, seufzen, seufzend, seufzer, soupir, "
    "soupire, soupirs, ため息, 溜息, 溜め息, 叹气, 叹息, 嘆氣, sospira, sospiro, sospirando, вздыхает, вздох, "
    "wzdycha, westchnienie, zucht, suckar, 한숨, تنهد, يتنهد, تتنهد, आह",
    "sneeze": "sneeze, sneezes, sneezing, estornuda, estornudo, niest, niesen, éternue, éternuement, くしゃみ, "
    "打喷嚏, starnutisce, espirra, чихает, kicha, nyser, 재채기, يعطس",
    "sniff": "sniff, sniffs, sniffing, sniffle, sniffles, sniffling, se sorbe la nariz, schnieft, schniefen, renifle, "
    "鼻をすする, 吸鼻子",
    "yawn": "yawn, yawns, yawning, bosteza, bostezo, gähnt, gähnen, bâille, bâillement, あくび, 打哈欠, sbadiglia, "
    "boceja, зевает, ziewa, gaapt, gäspar, 하품, يتثاءب",
}
"""What a speaker does between words, with the words for it: in English, Spanish, German, French, Italian, Portuguese,
Russian, Polish, Dutch, Swedish, Japanese, Chinese, Korean, Arabic and Hindi."""

MOODS: dict[str, str] = {
    "advertisement": "advertisement, advertising, advert",
    "angry": "angry, angrily, anger, furious, furiously, enojado, enojada, enfadado, enfadada, wütend, en colère, "
    "怒って, 怒り, 愤怒, 生气",
    "calm": "calm, calmly, tranquilo, tranquila, ruhig, calmement, 落ち着いて, 平静",
    "disgust": "disgust, disgusted, asqueado, asqueada, angewidert, dégoûté, dégoûtée, 厌恶",
    "dramatic": "dramatic, dramatically, dramático, dramatisch, dramatique",
    "excited": "excited, excitedly, emocionado, emocionada, aufgeregt, 興奮して, 兴奋",
    "fear": "fear, fearful, fearfully, afraid, scared, asustado, asustada, ängstlich, verängstigt, effrayé, effrayée, "
    "怯えて, 恐惧, 害怕",
    "happy": "happy, happily, feliz, alegre, fröhlich, glücklich, joyeux, joyeuse, 嬉しそうに, 高兴, 开心",
    "narration": "narration, narrating",
    "sad": "sad, sadly, sadness, triste, traurig, tristement, 悲しげに, 悲しそうに, 悲伤",
    "sarcastic": "sarcastic, sarcastically, sarcástico, sarcástica, sarkastisch, sarcastique, 皮肉っぽく, 讽刺",
    "shout": "shout, shouts, shouting, yell, yells, yelling, grita, gritando, schreit, ruft, crie, en criant, "
    "叫ぶ, 叫んで, 大喊, 喊叫",
    "surprised": "surprised, surprise, sorprendido, sorprendida, überrascht, surpris, 驚いて, 惊讶",
    "whisper": "whisper, whispers, whispering, whispered, susurra, susurrando, en voz baja, flüstert, flüsternd, "
    "chuchote, chuchotant, à voix basse, ささやく, ささやき声, ささやいて, 小声で, 低语, 耳语, 小声, sussurra, "
    "sussurrando, шепчет, шёпотом, шепотом, szepcze, szeptem, fluistert, viskar, 속삭임, 속삭이며, 속삭인다, "
    "همس, يهمس, تهمس, फुसफुसाते हुए",
}
"""How a speaker says words, with the words for it."""

_SEPARATORS = re.compile(r"[\s_-]+")
_ADVERB = re.compile(r"\b[a-z]+ly\b")
_PUNCTUATION = " .,!…。！"


def sound_key(name: str) -> str:
    """Return the form of a name that is compared: lower case, words separated by one `_`."""
    return _SEPARATORS.sub("_", name.strip(_PUNCTUATION).casefold())


_NAMES = {
    sound_key(word): name for names in (MOODS, SOUNDS) for name, words in names.items() for word in words.split(", ")
}


def sound_name(words: str, others: Collection[str] = ()) -> str:
    """Return the name of the sound or mood that the content of a bracket means; "" if it means none.

    Args:
        words: Such as `laughs`, `Clears throat` or `sighs deeply`.
        others: Further names, as `sound_key` returns them: those that only the job's engines have.
    """
    if len(words) > MAX_SOUND_CHARS:
        return ""
    key, name = _known(words)
    return name or (key if key in others else "")


@lru_cache(maxsize=4096)
def _known(words: str) -> tuple[str, str]:
    """Return the key of a bracket's content, and the name in the lists that it means, or ""."""
    key = sound_key(words)
    return key, _NAMES.get(key) or _NAMES.get(sound_key(_ADVERB.sub("", words.casefold())), "")


def canonical_names(tags: Iterable[str]) -> dict[str, str]:
    """Return an engine's tags by the names that `sound_name` returns: `{"whisper": "whispering"}`."""
    return {_NAMES.get(sound_key(tag), sound_key(tag)): tag for tag in tags}
