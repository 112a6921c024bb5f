"""The trained weights as the folder that faster-whisper loads."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import transformers
from ctranslate2.converters.transformers import TransformersConverter

from .net import TaughtWhisper
from .shape import ALIGNMENT_HEADS, MOST_TOKENS
from .tokenizer import SPACE, build_tokenizer, vocabulary
from .tokens import END, ENGLISH, FIRST_TIMESTAMP, NO_TIMESTAMPS, SPECIAL, START
from .units import HOP_SAMPLES, N_FFT, N_MELS, SAMPLE_RATE_HZ

# It says that it is typed, and then leaves out the types of these two.
_typeless: Any = transformers


def convert(net: TaughtWhisper, work: Path, out: Path, quantization: str) -> dict[str, int]:
    """Write CTranslate2's folder `out` and return its files' sizes in bytes. RuntimeError if it can't be right."""
    tokenizer = build_tokenizer()
    hub_folder = work / "hf"
    shutil.rmtree(hub_folder, ignore_errors=True)
    whisper = net.export()
    whisper.generation_config = _typeless.GenerationConfig(
        suppress_tokens=list(range(START, FIRST_TIMESTAMP - 1)),
        begin_suppress_tokens=[tokenizer.token_to_id(SPACE)],
        bos_token_id=END,
        eos_token_id=END,
        pad_token_id=END,
        decoder_start_token_id=START,
        alignment_heads=ALIGNMENT_HEADS,
        lang_to_id={"<|en|>": ENGLISH},
        no_timestamps_token_id=NO_TIMESTAMPS,
        max_length=MOST_TOKENS,
    )
    whisper.save_pretrained(hub_folder)
    _typeless.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=SPECIAL[0],
        eos_token=SPECIAL[0],
        unk_token=SPECIAL[0],
        pad_token=SPECIAL[0],
    ).save_pretrained(hub_folder)
    TransformersConverter(str(hub_folder)).convert(str(out), quantization=quantization, force=True)
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    features = {
        "feature_size": N_MELS,
        "sampling_rate": SAMPLE_RATE_HZ,
        "hop_length": HOP_SAMPLES,
        "chunk_length": 30,
        "n_fft": N_FFT,
    }
    (out / "preprocessor_config.json").write_text(json.dumps(features, indent=2), encoding="utf-8")
    if json.loads((out / "vocabulary.json").read_text(encoding="utf-8")) != vocabulary(tokenizer):
        raise RuntimeError("CTranslate2 wrote another vocabulary than the tokenizer's: its converter has changed")
    return {file.name: file.stat().st_size for file in sorted(out.iterdir())}
