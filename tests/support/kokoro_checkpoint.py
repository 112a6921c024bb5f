"""A Kokoro checkpoint with seeded weights: the real classes and alphabet, with smaller layers where the code allows it.

Its audio is noise, but its durations are like those of speech: with a random duration head, every symbol would be 25
frames long.
"""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path

ALPHABET = (
    ';:,.!?—…"()“” \u0303ʣʥʦʨᵝꭧAIOQSTWYᵊabcdefhijklmnopqrstuvwxyz'
    "ɑɐɒæβɔɕçɖðʤəɚɛɜɟɡɥɨɪʝɯɰŋɳɲɴøɸθœɹɾɻʁɽʂʃʈʧʊʋʌɣɤχʎʒʔˈˌːʰʲ↓→↗↘ᵻ"
)
"""The model's symbols, numbered from 1 without the gaps of the published table."""

SMALL_CONFIG = {
    "dim_in": 64,
    "dropout": 0.2,
    "hidden_dim": 512,  # fixed in the decoder's code, like style_dim
    "max_conv_dim": 512,
    "max_dur": 50,
    "multispeaker": True,
    "n_layer": 1,
    "n_mels": 80,
    "n_token": len(ALPHABET) + 1,
    "style_dim": 128,
    "text_encoder_kernel_size": 5,
    "plbert": {
        "hidden_size": 64,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "max_position_embeddings": 512,
        "num_hidden_layers": 2,
        "dropout": 0.1,
    },
    "istftnet": {
        # Four stages instead of two with the same product: each further stage has half the channels.
        "upsample_kernel_sizes": [7, 11, 4, 4],
        "upsample_rates": [3, 5, 2, 2],
        "gen_istft_hop_size": 5,
        "gen_istft_n_fft": 20,
        "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5]],
        "resblock_kernel_sizes": [3, 7],
        "upsample_initial_channel": 512,  # fixed in the decoder's code
    },
    "vocab": {symbol: number for number, symbol in enumerate(ALPHABET, 1)},
}


def write_checkpoint(
    folder: Path, *, seed: int = 0, frames_per_symbol: float = 3.0, voices: tuple[str, ...] = ("af_heart",)
) -> Path:
    """Write `config.json`, `kokoro-v1_0.pth` and voices into a folder, and return it."""
    import torch
    from kokoro import KModel

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(SMALL_CONFIG), encoding="utf-8")
    weights = folder / "kokoro-v1_0.pth"
    torch.save({}, weights)
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = KModel(repo_id="hexgrad/Kokoro-82M", config=SMALL_CONFIG, model=str(weights))
    with torch.no_grad():
        head = model.predictor.duration_proj.linear_layer
        share = frames_per_symbol / SMALL_CONFIG["max_dur"]
        head.weight.mul_(0.05)
        head.bias.fill_(math.log(share / (1 - share)))
    parts = ("bert", "bert_encoder", "predictor", "text_encoder", "decoder")
    torch.save({name: getattr(model, name).state_dict() for name in parts}, weights)
    for number, name in enumerate(voices):
        write_voice(folder / "voices" / f"{name}.pt", seed=seed + number)
    return folder


def write_voice(path: Path, *, seed: int = 0) -> Path:
    """Write a voice with random content in the real shape."""
    import torch

    path.parent.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(seed)
    torch.save(torch.randn(510, 1, 256, generator=generator) * 0.1, path)
    return path
