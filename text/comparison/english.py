"""English spellings of one spoken word, folded into one: contractions, British and American.

The folded form is for comparison only. It needn't be a word, as long as no two words that sound different share it.
"""

from __future__ import annotations

import re

_PRONOUNS = "he|she|it|that|this|there|here|what|who|where|when|how|why"
_CONTRACTIONS = [
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        (r"\bcan(?:'t|not)\b", "can not"),
        (r"\bwon't\b", "will not"),
        (r"\bshan't\b", "shall not"),
        (r"\bain't\b", "is not"),
        (r"n't\b", " not"),
        (r"\blet's\b", "let us"),
        (r"(?<=[a-z])'re\b", " are"),
        (r"(?<=[a-z])'ve\b", " have"),
        (r"\b(i)'m\b", "i am"),
        (r"(?<=[a-z])'ll\b", " will"),
        (r"(?<=[a-z])'d\b", " would"),
        (rf"\b({_PRONOUNS})'s\b", r"\1 is"),
        (r"\bgonna\b", "going to"),
        (r"\bwanna\b", "want to"),
        (r"\bgotta\b", "got to"),
    )
]
_BELOW_HUNDRED = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thir|fif|twen|for|eigh|nine"
_NUMBER_PHRASES = [
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        (r"\ban? (?=(?:hundred|thousand|million|billion|dozen)\b)", "one "),
        (rf"\b(hundred|thousand|million) and(?= (?:{_BELOW_HUNDRED}))", r"\1"),
        (r"\bper cent\b", "percent"),
        (r"\ball right\b", "alright"),
        (r"\bo\.?k\b\.?", "okay"),
    )
]  # fmt: skip
_STEMS = [
    (re.compile(pattern), stem)
    for pattern, stem in (
        # harbour, honourable, neighbourly; not four, hour, your, pour: they have no vowel before
        (r"^(\w*[aeiouy]\w*[^aeiou\W])our(?=$|s$|ed$|ing$|er|able|abl|ful|less|ite|ites|ly|y$|hood|ism|ist)", r"\1or"),
        # organise, organising, organisation, analyse; not raise, noise, praise
        (r"([^aeiou\W])is(?=e$|ed$|es$|er$|ers$|ing$|ation$|ations$|able$)", r"\1iz"),
        (r"(anal|paral|catal|electrol)ys(?=e|ing)", r"\1yz"),
        # theatre, centre, kilometre, fibre
        (r"(?<=[a-z]{2})([bt])re(?=$|s$|d$)", r"\1er"),
        # travelled, modelling, counsellor, marvellous; not filled, called: one syllable before
        (r"([aeiou][^aeiou\W]+[aeiou])ll(?=ed$|ing$|ings$|er$|ers$|or$|ors$|ous$|ously$|ery$|ist$)", r"\1l"),
        (r"([aeiou][^aeiou\W]+[aeiou])ll(?=$|s$|ment$)", r"\1l"),
        (r"(?<=[a-z]{2})ogue(?=$|s$)", "og"),
        (r"\b(def|off|pret|lic)ence", r"\1ense"),
        (r"^(an)?(?:aes|es)th", r"\1esth"),
        (r"^(p|arch|h|leuk|encyclop|orthop|gyn|f|medi|an)ae(?=[a-z]{2})", r"\1e"),
        (r"oe(?=uvr|strog|tus|sophag)|(?<=diarrh)oe", "e"),
        (r"([aeiou]\w*[^aeiou\W])e(?=able$|ment$|ing$)", r"\1"),
        (r"^(gr|cl)ey(?=$|s$|ed$|er$|ish$|ing$|hound)", r"\1ay"),
        (r"^(m|sm)ou(?=ld)", r"\1o"),
        (r"^(w|sk)il+ful", r"\1ilful"),
        (r"^jewel+e?ry$", "jewelry"),
        (r"^plough", "plow"),
        (r"^sulph", "sulf"),
        (r"^scept(?=ic)", "skept"),
        (r"^enqui", "inqui"),
        (r"^mou?stach", "mustach"),
    )
]
_PAIRS = {
    "tyre": "tire", "tyres": "tires", "kerb": "curb", "kerbs": "curbs", "cheque": "check", "cheques": "checks",
    "storey": "story", "storeys": "stories", "draught": "draft", "draughts": "drafts", "draughty": "drafty",
    "pyjamas": "pajamas", "cosy": "cozy", "programme": "program", "programmes": "programs", "artefact": "artifact",
    "artefacts": "artifacts", "doughnut": "donut", "doughnuts": "donuts", "whiskey": "whisky", "yoghurt": "yogurt",
    "practise": "practice", "practised": "practiced", "practising": "practicing", "axe": "ax", "gaol": "jail",
    "czar": "tsar", "adviser": "advisor", "advisers": "advisors", "sizable": "sizeable", "maths": "math",
    "woollen": "woolen", "ok": "okay", "mr": "mister", "mrs": "missus", "dr": "doctor",
    "prof": "professor", "st": "saint", "vs": "versus", "etc": "etcetera", "judgement": "judgment",
}  # fmt: skip


def expand(text: str) -> str:
    """Return a text with contractions and number phrases in one form ("it's" is always "it is")."""
    text = text.replace("’", "'").replace("ʼ", "'")
    for pattern, words in (*_CONTRACTIONS, *_NUMBER_PHRASES):
        text = pattern.sub(words, text)
    return text


def fold_spelling(word: str) -> str:
    """Return the form of a word, in lower case, that its British and its American spelling share."""
    if word in _PAIRS:
        return _PAIRS[word]
    for pattern, stem in _STEMS:
        word = pattern.sub(stem, word)
    return word
