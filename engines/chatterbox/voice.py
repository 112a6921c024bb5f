"""A voice: what the model derives from a recording, or brings with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ..tensors import read_tensors
from .architecture import Architecture
from .errors import ChatterboxError
from .parts import Parts

_RATE_HZ, _CODES_RATE_HZ = 24_000, 16_000
_DECODER_S = 10.0
_MIN_S = 0.5
_TURBO_MIN_S = 5.0
BUILT_IN = "conds.pt"


class VoiceConditionals(NamedTuple):
    """What the models take of a voice, on the model's device. Handed out as copies: the package changes its inputs.

    Args:
        speaker: The speaker, float32 `[1, 256]`.
        codes: Speech codes to go on from, int64 `[1, n_codes]`.
        decoder_codes: Those that the decoder goes on from, int64 `[1, n_decoder_codes]`.
        decoder_mel: Their sound, float32 `[1, 2 * n_decoder_codes, 80]`.
        decoder_speaker: The speaker as the decoder knows it, float32 `[1, 192]`.
    """

    speaker: Any
    codes: Any
    decoder_codes: Any
    decoder_mel: Any
    decoder_speaker: Any

    def copy(self) -> VoiceConditionals:
        """Return an independent copy."""
        return VoiceConditionals(*(tensor.clone() for tensor in self))

    @property
    def n_bytes(self) -> int:
        """The size in bytes."""
        return sum(tensor.numel() * tensor.element_size() for tensor in self)

    def t3_condition(self, exaggeration: float, device: Any, dtype: Any) -> Any:
        """Return the package's structure of it, which its methods write to: a new one each time."""
        from chatterbox.models.t3.modules.cond_enc import T3Cond

        return T3Cond(
            speaker_emb=self.speaker.to(device, dtype),
            cond_prompt_speech_tokens=self.codes.to(device),
            emotion_adv=torch.full((1, 1, 1), exaggeration, device=device, dtype=dtype),
        )


@torch.inference_mode()
def derive(parts: Parts, architecture: Architecture, samples: NDArray[np.float32], rate_hz: int) -> VoiceConditionals:
    """Return the voice of a recording, mono `[n_samples]`. ChatterboxError if it is too short."""
    import librosa

    min_s = _TURBO_MIN_S if architecture.turbo else _MIN_S
    if samples.size <= min_s * rate_hz:
        raise ChatterboxError(
            f"the recording has {samples.size / rate_hz:.1f} s; this model needs more than {min_s:g} s of speech"
        )
    device = parts.t3.speech_head.weight.device
    # float32: with other kinds of numbers, the encoders fail.
    wide = np.array(samples, dtype=np.float32)
    if rate_hz != _RATE_HZ:
        wide = librosa.resample(wide, orig_sr=rate_hz, target_sr=_RATE_HZ)
    narrow = librosa.resample(wide, orig_sr=_RATE_HZ, target_sr=_CODES_RATE_HZ).astype(np.float32)
    decoder = parts.decoder.embed_ref(wide[: int(_DECODER_S * _RATE_HZ)], _RATE_HZ, device=device)
    prompt = narrow[: int(architecture.prompt_s * _CODES_RATE_HZ)]
    codes, _ = parts.decoder.tokenizer.forward([prompt], max_len=parts.t3.hp.speech_cond_prompt_len)
    speaker = torch.from_numpy(parts.speaker.embeds_from_wavs([narrow], sample_rate=_CODES_RATE_HZ))
    return VoiceConditionals(
        speaker.mean(0, keepdim=True).to(device),
        codes.reshape(1, -1).to(device),
        decoder["prompt_token"].to(device),
        decoder["prompt_feat"].to(device),
        decoder["embedding"].to(device),
    )


def built_in(folder: Path, device: Any) -> VoiceConditionals:
    """Return the voice that a model brings with it. An error if its file is missing or damaged."""
    if not (folder / BUILT_IN).is_file():
        raise ChatterboxError(
            f"this copy of the model has no built-in voice ({BUILT_IN} in {folder}); give a recording, or download the "
            "model again"
        )
    kept = read_tensors(folder / BUILT_IN)
    try:
        t3, decoder = kept["t3"], kept["gen"]
        found = (
            t3["speaker_emb"],
            t3["cond_prompt_speech_tokens"],
            decoder["prompt_token"],
            decoder["prompt_feat"],
            decoder["embedding"],
        )
        return VoiceConditionals(*(tensor.to(device) for tensor in found))
    except (KeyError, TypeError, AttributeError) as error:
        raise ChatterboxError(f"{folder / BUILT_IN} isn't a voice of this model; download it again") from error
