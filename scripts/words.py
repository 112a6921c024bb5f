"""Find words that the style guide (CONTRIBUTING.md) replaces, in all text that a person reads.

Usage: `python scripts/words.py [FILE ...]`. Prints `file:line: word: use ...`, and exits with 1 if it finds a word.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SUFFIXES = {".py", ".md", ".toml", ".js", ".mjs", ".html", ".css", ".txt", ".yaml", ".yml"}
ENGLISH_ONLY = "locales/en/"
NOT_READ = ("CHANGELOG.md", "LICENSE", "scripts/words.py", "tests/data/", "examples/")

WORDS = {
    r"anew": "again",
    r"asked back|ask(?:s|ing)? back": "revoke, release",
    r"in vain": "without success, or nothing",
    r"mend(?:s|ed|ing)?": "fix",
    r"what hurts": "problem",
    r"whoever": "if a user ...",
    r"so many": "N, or 'that number of'",
    r"goes? before(?= (?:the|every|it|all))": "takes precedence over",
    r"let(?:s|ting)? go of": "evict, release",
    r"give(?:s|n)? back|giving back|gave back": "return, release",
    r"lies? (?:in|beside|on|there|under)": "is in",
    r"beside (?:it|them|that|this)": "in addition to, next to",
    r"odd(?! (?:number|length|size|count|kernel))": "unusual, or name it",
    r"are the most|is the most(?= that)": "maximum",
    r"teller": "narrator",
    r"an?other take|takes? of it": "regenerate",
    r"says? of itself": "reports",
    r"written out": "verbalized",
    r"recognis(?:e|es|ed|er|ers|ing)": "recogniz-",
    r"normalis(?:e|es|ed|er|ing|ation)": "normaliz-",
    r"synthesis(?:e|es|ed|er|ing)\b(?<!synthesis)": "synthesiz-",
    r"colou?rs?(?<!color)(?<!colors)": "color",
    r"licen(?:c)e": "license",
    r"catalogue": "catalog",
    r"behaviour": "behavior",
    r"favour(?:ite)?s?": "favor",
    r"phonemis(?:e|es|ed|er|ing)": "phonemiz-",
    r"tokenis(?:e|es|ed|er|ing)": "tokeniz-",
}
"""Maps a word (a regular expression) to its replacement."""

_CHOICES = "|".join(f"(?P<w{number}>{word})" for number, word in enumerate(WORDS))
PATTERN = re.compile(rf"(?<![\w-])(?:{_CHOICES})(?!\w)", re.IGNORECASE)
ADVICE = list(WORDS.values())


def files() -> list[Path]:
    """Return the files of the checkout that people read."""
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
    )
    names = [name for name in listing.stdout.decode().split("\0") if name]
    return [ROOT / name for name in names if is_read(name) and (ROOT / name).is_file()]


def is_read(name: str) -> bool:
    """Whether a file (relative to the root) holds English text that people read."""
    if name.startswith(NOT_READ):
        return False
    return name.startswith(ENGLISH_ONLY) or (Path(name).suffix in SUFFIXES and not name.startswith("locales/"))


def findings(text: str) -> list[tuple[int, str, str]]:
    """Return line, word and advice for each word of a text that the style guide replaces."""
    return [
        (number, match[0], ADVICE[int(match.lastgroup[1:])] if match.lastgroup else "")
        for number, line in enumerate(text.splitlines(), 1)
        for match in PATTERN.finditer(line)
    ]


def main(arguments: list[str]) -> int:
    """Print the findings in the given files, or in all files. Return the exit code."""
    found = False
    for file in [Path(argument).resolve() for argument in arguments] or files():
        for number, word, advice in findings(file.read_text(encoding="utf-8", errors="replace")):
            found = True
            print(f"{file.relative_to(ROOT).as_posix()}:{number}: {word}: use {advice}")
    return int(found)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
