"""BiCodec: recordings to tokens, and tokens to sound at 16 kHz."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..tensors import filled, read_tensors
from .errors import MiraError
from .prompt import VoiceTokens

RATE_HZ = 16_000
TOKEN_SAMPLES = 320
TOKENS_PER_S = RATE_HZ // TOKEN_SAMPLES
_CLIP_SAMPLES = 6 * RATE_HZ
"""What the tokens of a voice are made of: a longer recording is cut, a shorter one repeated."""
_FEATURE_LAYERS = (11, 14, 16)
"""The layers of wav2vec2 whose mean is what a recording says."""


class Codec:
    """The codec of one model.

    Args:
        model: The package's `BiCodec`.
        features: The folder of wav2vec2, which is read when a transcript needs it.
        device: Where the model is.
    """

    def __init__(self, model: Any, features: Path, device: torch.device) -> None:
        self._model = model
        self._folder = features
        self._device = device
        self._features: _Features | None = None

    @classmethod
    def load(cls, folder: Path, device: torch.device) -> Codec:
        """Load the codec of a model's folder. An error names the file that is missing or damaged."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the package's dependencies, during their import
            model = _build(folder / "BiCodec" / "config.yaml")
            filled(model, folder / "BiCodec" / "model.safetensors")
            model.remove_weight_norm()
        return cls(model.to(device), folder / "wav2vec2-large-xlsr-53", device)

    @torch.inference_mode()
    def voice(self, samples: NDArray[np.float32], *, with_speech: bool) -> VoiceTokens:
        """Return a recording in tokens.

        Args:
            samples: Mono at 16 kHz, `[n_samples]`.
            with_speech: Whether to include what it says, which needs wav2vec2.
        """
        from spark_tts_lib.utils.audio import audio_volume_normalize

        loud = np.asarray(audio_volume_normalize(samples), dtype=np.float32)
        clip = np.tile(loud, -(-_CLIP_SAMPLES // loud.size))[:_CLIP_SAMPLES]
        mel = self._model.mel_transformer(torch.from_numpy(clip)[None].to(self._device))
        context = self._model.speaker_encoder.tokenize(mel.transpose(1, 2))
        spoken: list[int] = []
        if with_speech:
            if self._features is None:
                self._features = _Features(self._folder, self._device)
            latent = self._model.encoder(self._features.of(loud).transpose(1, 2))
            spoken = self._model.quantizer.tokenize(latent).flatten().tolist()
        return VoiceTokens(tuple(context.flatten().tolist()), tuple(spoken))

    @torch.inference_mode()
    def decode(self, tokens: Sequence[int], voice: VoiceTokens) -> NDArray[np.float32]:
        """Return the sound of tokens in a voice, `[320 * n_tokens]`."""
        speech = torch.tensor([list(tokens)], device=self._device)
        context = torch.tensor([[list(voice.context)]], device=self._device)
        sound: NDArray[np.float32] = self._model.detokenize(speech, context).flatten().float().cpu().numpy()
        return sound


class _Features:
    """Wav2vec2, as far as its layers are used."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2Model

        weights = next((file for file in _weights_in(folder) if file.is_file()), None)
        if weights is None or not (folder / "config.json").is_file():
            raise MiraError(
                f"the recording has a transcript, for which MiraTTS needs wav2vec2 in {folder}; "
                "download the model again, or leave out the transcript"
            )
        try:
            self._extractor = Wav2Vec2FeatureExtractor.from_pretrained(folder, local_files_only=True)
            config = Wav2Vec2Config.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise MiraError(f"the settings of wav2vec2 in {folder} can't be read; download them again") from error
        if config.num_hidden_layers < _FEATURE_LAYERS[-1]:
            raise MiraError(f"wav2vec2 in {folder} has {config.num_hidden_layers} layers, too few; download it again")
        # One more than the last that is used: the very last layer's output is normalized.
        config.num_hidden_layers = min(config.num_hidden_layers, _FEATURE_LAYERS[-1] + 1)
        state = read_tensors(weights)
        try:
            model, found = Wav2Vec2Model.from_pretrained(
                None, config=config, state_dict=state, output_loading_info=True
            )
        except (RuntimeError, ValueError, AttributeError, TypeError) as error:
            raise MiraError(f"{weights} doesn't fit its config.json; download them again") from error
        # What masks parts of a recording during training, published files may lack.
        missing = sorted(name for name in found["missing_keys"] if not name.startswith("masked_spec_embed"))
        if missing:
            raise MiraError(f"{weights} isn't wav2vec2: it has no '{missing[0]}'; download it again")
        self._model = model.to(device, torch.float32).eval().requires_grad_(requires_grad=False)
        self._device = device

    def of(self, samples: NDArray[np.float32]) -> Any:
        """Return the features of a recording, `[1, n_frames, width]`."""
        given = self._extractor(samples, sampling_rate=RATE_HZ, return_tensors="pt").input_values
        layers = self._model(given.to(self._device), output_hidden_states=True).hidden_states
        return sum(layers[number] for number in _FEATURE_LAYERS) / len(_FEATURE_LAYERS)


def _weights_in(folder: Path) -> tuple[Path, ...]:
    return folder / "model.safetensors", folder / "pytorch_model.bin"


def _build(config: Path) -> Any:
    """Return the package's codec by its configuration, without weights."""
    import yaml
    from spark_tts_lib.models import bicodec

    if not config.is_file():
        raise MiraError(f"{config.name} is missing from {config.parent}; copy it there, or download the model again")
    try:
        sizes = yaml.safe_load(config.read_text(encoding="utf-8"))["audio_tokenizer"]
        return bicodec.BiCodec(
            mel_params=sizes["mel_params"],
            encoder=bicodec.Encoder(**sizes["encoder"]),
            decoder=bicodec.WaveGenerator(**sizes["decoder"]),
            quantizer=bicodec.FactorizedVectorQuantize(**sizes["quantizer"]),
            speaker_encoder=bicodec.SpeakerEncoder(**sizes["speaker_encoder"]),
            prenet=bicodec.Decoder(**sizes["prenet"]),
            postnet=bicodec.Decoder(**sizes["postnet"]),
        )
    except Exception as error:  # of the parser, of the package's classes, and of torch
        problem = " ".join(str(error).split())[:200]
        raise MiraError(f"{config} isn't a configuration of BiCodec ({problem}); download it again") from error
