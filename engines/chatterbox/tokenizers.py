"""Turn text into a model's tokens, with nothing but the files in its folder."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import logging
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Protocol

from .architecture import Architecture
from .errors import ChatterboxError
from .languages import CHINESE

_CANGJIE = "Cangjie5_TC.json"
_SEGMENTER = "spacy_ontonotes.zip"
_SEGMENTER_FILES = ("features.msgpack", "weights.npz")
_SEGMENTER_MAX_BYTES = 256 << 20
_UNKNOWN = "[UNK]"
_HELPERS = {
    "he": ("dicta_onnx", "Hebrew is read without vowel signs (no dicta_onnx here); expect mistakes"),
    "ru": (
        "russian_text_stresser",
        "Russian is read without stress marks (no russian_text_stresser here); expect mistakes",
    ),
}

_log = logging.getLogger(__name__)


class TextTokens(Protocol):
    """Turns text into tokens."""

    def ids(self, text: str, language: str) -> list[int]:
        """Return the tokens. ChatterboxError if the model doesn't know the text's script."""

    def note(self, language: str) -> str:
        """Return what is missing here for a language, as a sentence; empty if nothing is."""


def load_tokenizer(folder: Path, architecture: Architecture) -> TextTokens:
    """Load a model's tokenizer. ChatterboxError names the file that is missing or damaged."""
    path = folder / architecture.tokenizer
    if not path.is_file():
        raise ChatterboxError(f"{path.name} is missing from {folder}; copy it there, or download the model again")
    try:
        if architecture.turbo:
            return TurboTokens(folder)
        return GraphemeTokens(path, multilingual=architecture.text_tokens == 2454)
    except ChatterboxError:
        raise
    except Exception as error:  # the libraries raise many kinds
        raise ChatterboxError(f"{path} isn't a tokenizer of this model ({error}); download it again") from error


class TurboTokens:
    """GPT-2's tokens with those of sounds, as turbo and nano have them."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoTokenizer

        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)

    def ids(self, text: str, language: str) -> list[int]:
        """Return the tokens."""
        ids: list[int] = self._tokenizer(text).input_ids
        return ids

    def note(self, language: str) -> str:
        """Return nothing: English needs no helper."""
        return ""


class GraphemeTokens:
    """The tokens of the English and the multilingual models, with a start and a stop token around them."""

    def __init__(self, path: Path, *, multilingual: bool) -> None:
        from chatterbox.models.tokenizers import EnTokenizer, MTLTokenizer
        from tokenizers import Tokenizer

        self._folder = path.parent
        self._multilingual = multilingual
        self._segmenter_missing = False
        if multilingual:
            # Its constructor reaches for the hub and for a release of the segmenter, even with both files here.
            self._package = MTLTokenizer.__new__(MTLTokenizer)
            self._package.tokenizer = Tokenizer.from_file(str(path))
            self._package.cangjie_converter = None
            self._package.check_vocabset_sot_eot()
        else:
            self._package = EnTokenizer(str(path))
        vocabulary = self._package.tokenizer.get_vocab()
        self._start, self._stop = vocabulary["[START]"], vocabulary["[STOP]"]
        self._unknown = vocabulary.get(_UNKNOWN, -1)

    def ids(self, text: str, language: str) -> list[int]:
        """Return the tokens. ChatterboxError if the model doesn't know the text's script."""
        if language == CHINESE and self._multilingual:
            self._prepare_chinese()
        ids = self._package.encode(text, language) if self._multilingual else self._package.encode(text)
        if 2 * ids.count(self._unknown) > len(ids):
            raise ChatterboxError(f"the model doesn't know the characters of '{text}'; choose the text's language")
        return [self._start, *ids, self._stop]

    def note(self, language: str) -> str:
        """Return what is missing here for a language, as a sentence; empty if nothing is."""
        if language == CHINESE and self._multilingual:
            self._prepare_chinese()
            missing = self._segmenter_missing
            return (
                f"Chinese is read without word boundaries (no {_SEGMENTER} in {self._folder}); expect mistakes"
                if missing
                else ""
            )
        module, note = _HELPERS.get(language, ("", ""))
        return note if module and importlib.util.find_spec(module) is None else ""

    def _prepare_chinese(self) -> None:
        if self._package.cangjie_converter is not None:
            return
        from chatterbox.models.tokenizers.tokenizer import ChineseCangjieConverter

        converter = ChineseCangjieConverter.__new__(ChineseCangjieConverter)
        converter.word2cj, converter.cj2word = _read_cangjie(self._folder / _CANGJIE)
        converter.segmenter = _load_segmenter(self._folder / _SEGMENTER)
        self._segmenter_missing = converter.segmenter is None
        self._package.cangjie_converter = converter


def _read_cangjie(path: Path) -> tuple[dict[str, str], dict[str, list[str]]]:
    try:
        pairs = [entry.split("\t")[:2] for entry in json.loads(path.read_text(encoding="utf-8"))]
        codes = dict(pairs)
    except FileNotFoundError as error:
        raise ChatterboxError(f"Chinese needs {path.name} in {path.parent}; download the model again") from error
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ChatterboxError(f"{path} can't be read ({error}); download it again") from error
    words: dict[str, list[str]] = {}
    for word, code in pairs:
        words.setdefault(code, []).append(word)
    return codes, words


def _load_segmenter(path: Path) -> Any:
    """Return the segmenter whose model is in an archive; None if that is missing."""
    if not path.is_file():
        return None
    from spacy_pkuseg import pkuseg

    with tempfile.TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                names = {Path(item.filename).name: item for item in archive.infolist() if not item.is_dir()}
                for name in _SEGMENTER_FILES:
                    if names[name].file_size > _SEGMENTER_MAX_BYTES:
                        raise ChatterboxError(f"{path} isn't the segmenter's model; download it again")
                    (Path(folder) / name).write_bytes(archive.read(names[name]))
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise ChatterboxError(f"{path} isn't the segmenter's model ({error}); download it again") from error
        with contextlib.suppress(ImportError):
            return pkuseg(model_name=folder)
    _log.warning("spacy_pkuseg can't be imported")
    return None
