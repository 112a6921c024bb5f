"""An untrained F5-TTS: the package's network and vocoder in small sizes, seeded weights, and the package's vocabulary.

It speaks noise of the right length. Run it with the engine's Python: `f5_checkpoint.py FOLDER VERSION`.
"""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path

SIZES = {"dim": 64, "depth": 3, "heads": 4, "dim_head": 16, "text_dim": 32, "conv_layers": 4}
VOCOS = """\
feature_extractor:
  class_path: vocos.feature_extractors.MelSpectrogramFeatures
  init_args: {sample_rate: 24000, n_fft: 1024, hop_length: 256, n_mels: 100, padding: center}
backbone:
  class_path: vocos.models.VocosBackbone
  init_args: {input_channels: 100, dim: 32, intermediate_dim: 64, num_layers: 2}
head:
  class_path: vocos.heads.ISTFTHead
  init_args: {dim: 32, n_fft: 1024, hop_length: 256, padding: center}
"""


def write_checkpoint(folder: Path, version: int, *, seed: int = 5) -> Path:
    """Write a model's files into a folder, which is made, as `models pull` and a user would; return it."""
    import torch
    import yaml
    from safetensors.torch import save_file

    from voxweft.engines.f5_tts.architecture import read_architecture
    from voxweft.engines.f5_tts.checkpoint import N_CHANNELS
    from voxweft.engines.f5_tts.package import import_package
    from voxweft.engines.f5_tts.vocabulary import read_signs

    package = import_package()
    (folder / "vocos").mkdir(parents=True)
    (folder / "vocab.txt").write_bytes(files("f5_tts").joinpath("infer/examples/vocab.txt").read_bytes())
    (folder / "config.yaml").write_text(yaml.safe_dump(SIZES | {"version": version}), encoding="utf-8")
    n_signs = len(read_signs(folder / "vocab.txt"))
    torch.manual_seed(seed)
    network = package.DiT(**read_architecture({}, folder).settings, text_num_embeds=n_signs, mel_dim=N_CHANNELS)
    with torch.no_grad():
        for tensor in network.parameters():
            if not tensor.any():  # made of zeros, a layer hides every mistake
                tensor.normal_(0.0, 0.05)
    state = {f"ema_model.transformer.{name}": value.detach().clone() for name, value in network.state_dict().items()}
    save_file(
        state | {"ema_model.mel_spec.dummy": torch.zeros(1), "initted": torch.ones(1)}, folder / "model.safetensors"
    )
    (folder / "vocos" / "config.yaml").write_text(VOCOS, encoding="utf-8")
    vocoder = package.vocos.from_hparams(str(folder / "vocos" / "config.yaml"))
    torch.save(vocoder.state_dict(), folder / "vocos" / "pytorch_model.bin")
    return folder


if __name__ == "__main__":
    write_checkpoint(Path(sys.argv[1]), int(sys.argv[2]))
    print(json.dumps(sorted(file.name for file in Path(sys.argv[1]).rglob("*"))))
