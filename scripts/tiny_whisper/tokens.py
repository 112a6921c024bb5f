"""The model's tokens by number: bytes, words, Whisper's special ones, timestamps.

Fewer than 51865, so CTranslate2 and faster-whisper take the model for an English-only one: what a text begins with is
`<|startoftranscript|>` alone.
"""

from __future__ import annotations

from .units import STEPS_PER_S, WINDOW_STEPS
from .words import WORDS

N_BYTES = 256
SPECIAL = (
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|en|>",
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
)
FIRST_WORD = N_BYTES
END = FIRST_WORD + len(WORDS)
START = END + SPECIAL.index("<|startoftranscript|>")
ENGLISH = END + SPECIAL.index("<|en|>")
PREVIOUS = END + SPECIAL.index("<|startofprev|>")
NO_SPEECH = END + SPECIAL.index("<|nospeech|>")
NO_TIMESTAMPS = END + SPECIAL.index("<|notimestamps|>")
FIRST_TIMESTAMP = END + len(SPECIAL)
N_TIMESTAMPS = WINDOW_STEPS + 1
N_TOKENS = FIRST_TIMESTAMP + N_TIMESTAMPS
TIMESTAMPS = [f"<|{step / STEPS_PER_S:.2f}|>" for step in range(N_TIMESTAMPS)]
