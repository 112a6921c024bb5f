"""An untrained Pocket-TTS: a published configuration, seeded weights, and a tokenizer of signs.

It speaks noise. Run it with the engine's Python: `pocket_checkpoint.py FOLDER CONFIG [ends] [clones]`; the last two are
switched off.
"""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path

SIGNS = "▁abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,!?'-:;"


def write_checkpoint(folder: Path, config: str, *, seed: int = 7, ends: bool = True, clones: bool = True) -> Path:
    """Write `config.yaml`, `tokenizer.json` and `model.safetensors` into a folder, and return it.

    Args:
        folder: Created if it isn't there.
        config: The published configuration; `english_2m_2026-10` is the smallest.
        seed: Of the weights.
        ends: Whether the model finds the end of a text (at the first frame where it may), or never.
        clones: Whether it can take a voice from a recording; otherwise its encoder is zero, as in the weights that
            are published for that.
    """
    import safetensors.torch
    import torch
    import yaml
    from pocket_tts import TTSModel
    from tokenizers import Tokenizer, decoders, models, normalizers

    folder.mkdir(parents=True, exist_ok=True)
    words = {"<unk>": 0} | {sign: number for number, sign in enumerate(SIGNS, 1)}
    tokenizer = Tokenizer(models.BPE(vocab=words, merges=[], unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.save(str(folder / "tokenizer.json"))

    settings = yaml.safe_load(files("pocket_tts").joinpath(f"config/{config}.yaml").read_text("utf-8"))
    table = {"n_bins": len(words), "tokenizer": "tokenizers", "tokenizer_path": str(folder / "tokenizer.json")}
    settings["flow_lm"]["lookup_table"] |= table
    settings["weights_path"] = settings["weights_path_without_voice_cloning"] = None
    file = folder / "config.yaml"
    file.write_text(yaml.safe_dump(settings), encoding="utf-8")
    torch.manual_seed(seed)
    model = TTSModel.load_model(config=file)
    with torch.no_grad():
        for value in model.parameters():
            if not value.any():  # made of zeros, it would stay silent
                torch.nn.init.normal_(value, std=0.02)
        model.flow_lm.out_eos.weight.zero_()
        model.flow_lm.out_eos.bias.fill_(10.0 if ends else -10.0)
        if not clones:
            for value in model.mimi.encoder.parameters():
                value.zero_()
    weights = {name: value.bfloat16() for name, value in model.state_dict().items()}
    safetensors.torch.save_file(weights, folder / "model.safetensors")
    return folder


if __name__ == "__main__":
    options = dict.fromkeys(sys.argv[3:], False)
    print(json.dumps(str(write_checkpoint(Path(sys.argv[1]), sys.argv[2], **options))))
