"""Seeded MiraTTS models: the real architectures with small layers, and files under the names that the engine reads.

They speak noise, but stop like a model that was trained. A program, since only the engine's own environment has the
packages: `python mira_checkpoint.py FOLDER [OPTION ...]`, with the options of `write_checkpoint`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from unittest import mock

import torch

MARKS = (
    *("<|task_tts|>", "<|start_text|>", "<|end_text|>", "<|context_audio_start|>", "<|context_audio_end|>"),
    *("<|prompt_speech_start|>", "<|end_semantic_token|>", "<|im_end|>", "<|endoftext|>"),
)
N_CONTEXT, N_SPEECH = 4096, 8192
STOP = "<|im_end|>"
DECODER_LAYERS = 12
"""The depth of the real codec, which decides how far a token's sound reaches."""
_MIXING, _MEMORY, _CONTRAST = 20.0, 400.0, 10.0
"""How much the text and the token before matter, and how much tokens differ in probability: all are small in a random
model."""
_REACHING = ("embed", "dwconv", "pwconv")
_ENDS_AFTER, _BRIEF = 120, 12
"""One in N tokens of speech is followed by the mark of the end."""


def write_checkpoint(
    folder: Path, *, brief: bool = False, endless: bool = False, loops: bool = False, shape: str = "rows"
) -> None:
    """Write a model's folder.

    Args:
        folder: The folder, which is made.
        brief: Whether it ends soon, so that no text is too long for it.
        endless: Whether it never finds an end.
        loops: Whether it repeats one token.
        shape: Of the input of FlashSR's file: `rows` (`[1, n]`) or `channels` (`[1, 1, n]`), with other names.
    """
    for part in ("LLM", "BiCodec", "wav2vec2-large-xlsr-53", "FlashSR"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    with torch.no_grad():
        _write_language_model(folder / "LLM", 0 if endless else _BRIEF if brief else _ENDS_AFTER, loops=loops)
        _write_codec(folder / "BiCodec")
        _write_features(folder / "wav2vec2-large-xlsr-53")
        write_upsampler(folder / "FlashSR" / "model.onnx", shape)


def _write_language_model(folder: Path, ends_after: int, *, loops: bool) -> None:
    """Write a Qwen2. One in `ends_after` tokens of speech is followed by the mark of the end; 0: none."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import Qwen2Config, Qwen2ForCausalLM

    vocabulary = {sign: number for number, sign in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    speech = [f"<|speech_token_{number}|>" for number in range(N_SPEECH)]
    names = [*MARKS, *(f"<|context_token_{number}|>" for number in range(N_CONTEXT)), *speech]
    tokenizer.add_tokens([AddedToken(name, normalized=False, special=False) for name in names])
    tokenizer.save(str(folder / "tokenizer.json"))
    first, stop = tokenizer.token_to_id(speech[0]), tokenizer.token_to_id(STOP)
    settings = Qwen2Config(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=8192,
        tie_word_embeddings=False,
    )
    model = Qwen2ForCausalLM(settings)
    embedding, head = model.model.embed_tokens.weight, model.lm_head.weight
    head.mul_(_CONTRAST)
    for layer in model.model.layers:
        layer.self_attn.o_proj.weight.mul_(_MIXING)
        layer.self_attn.v_proj.weight.mul_(_MIXING)
        # The first number of a token's embedding reaches the end unchanged.
        layer.self_attn.o_proj.weight[0] = layer.mlp.down_proj.weight[0] = 0
    embedding[first:].mul_(_MEMORY)
    embedding[:, 0] = head[:, 0] = 0
    head[stop] = 0
    if ends_after:
        embedding[first + 7 : first + N_SPEECH : ends_after, 0] = 1.0
        head[stop, 0] = 5000.0
    if loops:
        head[first:] = 30 * embedding[first:]
    model.save_pretrained(folder)


def _write_codec(folder: Path) -> None:
    import yaml
    from safetensors.torch import save_file
    from spark_tts_lib.models import bicodec

    width = 64

    def backbone(layers: int, **more: object) -> dict[str, object]:
        sizes = {"vocos_dim": 32, "vocos_intermediate_dim": 64, "vocos_num_layers": layers, "sample_ratios": [1, 1]}
        return {"input_channels": width, "out_channels": width, **sizes, **more}

    sizes: dict[str, dict[str, object]] = {
        "mel_params": {
            "sample_rate": 16000,
            "n_fft": 1024,
            "win_length": 640,
            "hop_length": 320,
            "mel_fmin": 10,
            "mel_fmax": None,
            "num_mels": 128,
        },
        "encoder": backbone(1),
        "decoder": {"input_channel": width, "channels": 32, "rates": [8, 5, 4, 2], "kernel_sizes": [16, 11, 8, 4]},
        "quantizer": {
            "input_dim": width,
            "codebook_size": N_SPEECH,
            "codebook_dim": 8,
            "commitment": 0.25,
            "codebook_loss_weight": 2.0,
            "use_l2_normlize": True,
            "threshold_ema_dead_code": 0.2,
        },
        "speaker_encoder": {
            "input_dim": 128,
            "out_dim": width,
            "latent_dim": 32,
            "token_num": 32,
            "fsq_levels": [4] * 6,
            "fsq_num_quantizers": 1,
        },
        "prenet": backbone(DECODER_LAYERS, condition_dim=width, use_tanh_at_final=False),
        "postnet": backbone(1, use_tanh_at_final=False),
    }
    model = bicodec.BiCodec(
        mel_params=sizes["mel_params"],
        encoder=bicodec.Encoder(**sizes["encoder"]),
        decoder=bicodec.WaveGenerator(**sizes["decoder"]),
        quantizer=bicodec.FactorizedVectorQuantize(**sizes["quantizer"]),
        speaker_encoder=bicodec.SpeakerEncoder(**sizes["speaker_encoder"]),
        prenet=bicodec.Decoder(**sizes["prenet"]),
        postnet=bicodec.Decoder(**sizes["postnet"]),
    )
    for name, tensor in model.named_parameters():
        # As they are made, the layers that reach far pass on next to nothing: any window would do.
        if name.endswith("gamma"):
            tensor.fill_(0.3)
        elif name.startswith("prenet") and tensor.dim() > 1 and any(part in name for part in _REACHING):
            tensor.mul_(tensor[0].numel() ** -0.5 / tensor.std())
    state = {name: tensor.clone().contiguous() for name, tensor in model.state_dict().items()}
    save_file(state, folder / "model.safetensors")
    (folder / "config.yaml").write_text(yaml.safe_dump({"audio_tokenizer": sizes}), encoding="utf-8")


def _write_features(folder: Path) -> None:
    """Write a wav2vec2 as published: a pickle of more layers than are used, with the names of a larger model."""
    from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2Model

    settings = Wav2Vec2Config(
        hidden_size=64,
        num_hidden_layers=18,
        num_attention_heads=4,
        intermediate_size=64,
        conv_dim=(32,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4,
        do_stable_layer_norm=True,
        feat_extract_norm="layer",
        conv_bias=True,
    )
    settings.save_pretrained(folder)
    Wav2Vec2FeatureExtractor(do_normalize=True, return_attention_mask=True).save_pretrained(folder)
    old = {"parametrizations.weight.original0": "weight_g", "parametrizations.weight.original1": "weight_v"}
    state = {}
    for name, tensor in Wav2Vec2Model(settings).state_dict().items():
        for new, was in old.items():
            name = name.replace(new, was)
        state[f"wav2vec2.{name}"] = tensor.clone()
    torch.save(state, folder / "pytorch_model.bin")


class Upsampler(torch.nn.Module):
    """FlashSR's layers in small: 7 samples, three times as many by lines, dilated filters, and a curve at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.begin = torch.nn.Conv1d(1, 8, 7, padding=3, bias=False)
        self.middle = torch.nn.ModuleList(
            torch.nn.Conv1d(8, 8, 11, dilation=reach, padding=5 * reach, bias=False) for reach in (1, 3, 5)
        )
        self.end = torch.nn.Conv1d(8, 1, 7, padding=3, bias=False)

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        """Return `[1, 3 n]` of `[1, n]`, or `[1, 1, 3 n]` of `[1, 1, n]`."""
        wide = self.begin(samples if samples.dim() == 3 else samples[:, None])
        wide = torch.nn.functional.interpolate(wide, scale_factor=3, mode="linear")
        for layer in self.middle:
            wide = wide + torch.sin(layer(wide))
        sound = torch.tanh(self.end(wide))
        return sound if samples.dim() == 3 else sound[:, 0]


def write_upsampler(path: Path, shape: str) -> None:
    """Write a network with the interface of FlashSR's file, and its tensors next to it, for comparisons."""
    from torch.onnx._internal.torchscript_exporter import onnx_proto_utils

    network = Upsampler().eval()
    torch.save(network.state_dict(), path.with_suffix(".pt"))
    names, size = (("audio_values", "reconstruction"), (1, 900)) if shape == "rows" else (("x", "y"), (1, 1, 900))
    last = len(size) - 1
    # The package onnx only adds functions of other libraries, of which there are none.
    with mock.patch.object(onnx_proto_utils, "_add_onnxscript_fn", lambda content, _functions: content):
        torch.onnx.export(
            network,
            (torch.zeros(size),),
            str(path),
            input_names=[names[0]],
            output_names=[names[1]],
            dynamic_axes={names[0]: {last: "n"}, names[1]: {last: "m"}},
            dynamo=False,
        )


if __name__ == "__main__":
    options = sys.argv[2:]
    write_checkpoint(
        Path(sys.argv[1]),
        brief="brief" in options,
        endless="endless" in options,
        loops="loops" in options,
        shape="channels" if "channels" in options else "rows",
    )
    print(json.dumps({}))
