"""Seeded ChatterBox models: the package's classes with small layers, and files under the names that the engine reads.

They speak noise, but stop like a model that was trained. A program, since only the engine's own environment has the
package: `python chatterbox_checkpoint.py FOLDER KIND [N_CODES [full]]`; `full` writes the sizes of the real model.
"""

from __future__ import annotations

import json
import math
import string
import sys
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from unittest import mock

import torch

WIDTH = 64
HEADS = 16
"""The alignment watcher of multilingual-v2 looks at head 15, and at layer 13."""
WATCHED_LAYERS = 14
LANGUAGES = tuple("ar da de el en es fi fr he hi it ja ko ms nl no pl pt ru sv sw tr zh".split())  # noqa: SIM905
T3_FILES = {
    "english": ("t3_cfg.safetensors",),
    "multilingual": ("t3_mtl23ls_v2.safetensors", "t3_mtl23ls_v3.safetensors"),
    "turbo": ("t3_turbo_v1.safetensors", "t3_nano_v1.safetensors"),
}
ADDED_TOKENS = (
    *("angry", "fear", "surprised", "whispering", "advertisement", "dramatic", "narration", "crying", "happy"),
    *("sarcastic", "clear throat", "sigh", "shush", "cough", "groan", "sniff", "gasp", "chuckle", "laugh"),
)
"""The sounds and moods of turbo and nano, in the order of their tokens."""
STOP = 6562
_MIXING, _CONTRAST = 20.0, 4.0
"""How much the text matters, and how much codes differ in probability: both are small in a random model."""


@contextmanager
def small_layers(model: str) -> Iterator[None]:
    """Let the package's constructors make small layers for a model, or a kind."""
    import s3tokenizer.model_v2 as codec
    from chatterbox.models.s3gen import s3gen
    from chatterbox.models.t3 import llama_configs, t3
    from chatterbox.models.t3.modules import cond_enc

    backbones = {name: dict(values) for name, values in llama_configs.LLAMA_CONFIGS.items()}
    backbones["Llama_520M"] |= {
        "hidden_size": WIDTH,
        "intermediate_size": 2 * WIDTH,
        "num_hidden_layers": WATCHED_LAYERS if model.startswith("multilingual") else 2,
        "num_attention_heads": HEADS,
        "num_key_value_heads": HEADS,
        "head_dim": WIDTH // HEADS,
    }
    small_gpt = {"n_embd": WIDTH, "hidden_size": WIDTH, "n_head": 4, "n_layer": 2, "n_ctx": 2048, "n_positions": 2048}
    for name in ("GPT2_medium", "GPT2_small"):
        backbones[name] = {**backbones["GPT2_medium"], **small_gpt}
    # Its sizes are attributes of a default argument.
    codec_sizes = codec.S3TokenizerV2.__init__.__defaults__[-1]
    flow, encoder = s3gen.ConditionalDecoder, s3gen.UpsampleConformerEncoder
    flow_sizes = {"channels": [32], "attention_head_dim": 8, "n_blocks": 1, "num_mid_blocks": 1, "num_heads": 2}

    with ExitStack() as stack:

        def replace(owner: object, name: str, value: object) -> None:
            stack.enter_context(mock.patch.object(owner, name, value))

        for module in (llama_configs, t3):
            stack.enter_context(mock.patch.dict(module.LLAMA_CONFIGS, backbones))
        replace(cond_enc, "Perceiver", partial(cond_enc.Perceiver, 32, WIDTH, WIDTH))
        replace(codec_sizes, "n_audio_state", 128)
        replace(codec_sizes, "n_audio_head", 2)
        replace(codec_sizes, "n_audio_layer", 1)
        replace(s3gen, "CAMPPlus", partial(s3gen.CAMPPlus, growth_rate=4, bn_size=2, init_channels=16))

        def small_encoder(**more: object) -> torch.nn.Module:
            # 512 channels and four blocks after the upsampling are written into it.
            built = encoder(**more | {"linear_units": 64, "num_blocks": 1})
            built.up_encoders = built.up_encoders[:1]
            return built

        replace(s3gen, "UpsampleConformerEncoder", small_encoder)
        replace(s3gen, "ConditionalDecoder", lambda **more: flow(**more | flow_sizes))
        replace(s3gen, "ConvRNNF0Predictor", partial(s3gen.ConvRNNF0Predictor, cond_channels=16))
        replace(s3gen, "HiFTGenerator", partial(s3gen.HiFTGenerator, base_channels=32))
        yield


def write_checkpoint(folder: Path, kind: str, *, n_codes: int = 40, seed: int = 0, full: bool = False) -> None:
    """Write a model of a kind: `english`, `multilingual` (v2 and v3) or `turbo` (and nano).

    Args:
        folder: The folder, which is made.
        kind: The kind.
        n_codes: About how many codes it draws for a text, whatever its length.
        seed: Of the weights.
        full: Whether to write it in its real size, several gigabytes.
    """
    from chatterbox.models.s3gen import S3Gen
    from chatterbox.models.t3 import T3
    from chatterbox.models.t3.modules.t3_config import T3Config
    from chatterbox.models.voice_encoder import VoiceEncoder

    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    turbo = kind == "turbo"
    with nullcontext() if full else small_layers(kind), torch.no_grad():
        _save(VoiceEncoder(), folder / "ve.safetensors")
        decoder = S3Gen(meanflow=turbo)
        _make_quiet(decoder)
        names = ("s3gen_meanflow.safetensors",) if turbo else ("s3gen.safetensors", "s3gen.pt")
        settings = T3Config(50276 if turbo else 2454 if kind == "multilingual" else 704)
        if turbo:
            settings.llama_config_name = "GPT2_medium"
            settings.speech_tokens_dict_size = 6563
            settings.input_pos_emb = None
            settings.speech_cond_prompt_len = 375
            settings.use_perceiver_resampler = settings.emotion_adv = False
        t3 = T3(settings)
        _make_stop(t3, n_codes, small=not full)
        for name in names:
            _save(decoder, folder / name)
        for name in T3_FILES[kind]:
            _save(t3, folder / name)
    if turbo:
        _write_bytes_tokenizer(folder)
    else:
        _write_grapheme_tokenizer(folder, multilingual=kind == "multilingual")
    _write_voice(folder / "conds.pt", 375 if turbo else 150)


def _save(module: torch.nn.Module, path: Path) -> None:
    from safetensors.torch import save_file

    state = {name: tensor.detach().clone().contiguous() for name, tensor in module.state_dict().items()}
    if path.suffix == ".safetensors":
        save_file(state, path)
    else:
        torch.save(state, path)


def _make_quiet(decoder: torch.nn.Module) -> None:
    """Keep random weights from clipping: the vocoder's last layer is an exponential. The pitch is that of a voice."""
    for name, tensor in decoder.named_parameters():
        if "conv_post" in name and name.endswith("original0"):
            tensor.mul_(0.05)
        elif name.endswith("f0_predictor.classifier.bias"):
            tensor.fill_(120.0)


def _make_stop(t3: torch.nn.Module, n_codes: int, *, small: bool) -> None:
    """Make a random model stop after about `n_codes`.

    A Llama has a dimension of its own for the position of a code, which nothing else writes to and from which the
    probability to stop grows. A GPT-2, whose positions include the text, stops at random.
    """
    mixing, contrast = (_MIXING, _CONTRAST) if small else (1.0, 1.0)
    t3.speech_head.weight.mul_(contrast)
    if t3.is_gpt:
        for layer in t3.tfmr.h:
            layer.attn.c_proj.weight.mul_(mixing)
        t3.speech_head.weight[STOP] = 0
        t3.speech_head.bias[STOP] = 9.5 - 0.8 * math.log(n_codes)
        return
    t3.cond_enc.emotion_adv_fc.weight.mul_(100)
    for layer in t3.tfmr.layers:
        layer.self_attn.o_proj.weight.mul_(mixing)
        layer.self_attn.v_proj.weight.mul_(mixing)
        layer.self_attn.o_proj.weight[0] = 0
        layer.mlp.down_proj.weight[0] = 0
    t3.speech_emb.weight[:, 0] = 0
    positions = torch.arange(t3.speech_pos_emb.emb.num_embeddings)
    t3.speech_pos_emb.emb.weight[:, 0] = 10 * (1.5 * positions / n_codes - 1).clamp(max=3.0)
    t3.speech_head.weight[:, 0] = 0
    t3.speech_head.weight[STOP] = 0
    t3.speech_head.weight[STOP, 0] = 14.0


def _write_voice(path: Path, n_prompt: int) -> None:
    noise = torch.Generator().manual_seed(5)

    def codes(count: int) -> torch.Tensor:
        return torch.randint(0, 6561, (1, count), generator=noise)

    speaker = torch.randn(1, 256, generator=noise)
    torch.save(
        {
            "t3": {
                "speaker_emb": speaker / speaker.norm(),
                "clap_emb": None,
                "cond_prompt_speech_tokens": codes(n_prompt),
                "cond_prompt_speech_emb": None,
                "emotion_adv": torch.full((1, 1, 1), 0.5),
            },
            "gen": {
                "prompt_token": codes(125),
                "prompt_token_len": torch.tensor([125]),
                "prompt_feat": torch.randn(1, 250, 80, generator=noise) - 4,
                "prompt_feat_len": None,
                "embedding": torch.randn(1, 192, generator=noise),
            },
        },
        path,
    )


def _write_grapheme_tokenizer(folder: Path, *, multilingual: bool) -> None:
    """Write a vocabulary of single characters, with the marks where the models have them."""
    from tokenizers import AddedToken, Tokenizer, models

    ranges = (
        (0xA1, 0x180),
        (0x300, 0x340),
        (0x370, 0x400),
        (0x410, 0x460),
        (0x5D0, 0x5EB),
        (0x600, 0x660),
        (0x900, 0x970),
    )
    more = ((0x1100, 0x1200), (0x3041, 0x3100)) if multilingual else ()
    characters = string.ascii_letters + string.digits + string.punctuation
    ids = [*range(3, 255), *range(256, 2400 if multilingual else 700)]
    marks = {"[STOP]": 0, "[UNK]": 1, "[SPACE]": 2, "[START]": 255}
    added = [f"[{language}]" for language in LANGUAGES] + [f"[cj_{sign}]" for sign in string.ascii_lowercase + "."]
    names = [*(added if multilingual else ()), *characters]
    names += [chr(code) for begin, end in (*ranges, *more) for code in range(begin, end)]
    vocabulary = marks | dict(zip(dict.fromkeys(names), ids, strict=False))
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="[UNK]"))
    special = [*marks, *(added if multilingual else ())]
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in special])
    if not multilingual:
        tokenizer.save(str(folder / "tokenizer.json"))
        return
    tokenizer.save(str(folder / "grapheme_mtl_merged_expanded_v1.json"))
    table = ["你\tonf", "好\tvnd", "世\tpt", "界\twll"]
    (folder / "Cangjie5_TC.json").write_text(json.dumps(table, ensure_ascii=False), encoding="utf-8")
    _write_segmenter(folder / "spacy_ontonotes.zip")


def _write_segmenter(path: Path) -> None:
    """Write a segmenter's model that makes each character a word."""
    import io

    import numpy as np
    import srsly

    features = {"unigram": [], "bigram": [], "feature_to_idx": {"": 0}, "tag_to_idx": {"B": 0, "I": 1}}
    weights = io.BytesIO()
    # From feature to tag, then from tag to tag: always begin a word.
    np.savez(weights, sizes=np.array([2, 1]), w=np.array([1.0, 0.0, 1.0, 0.0, 1.0, 0.0]))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("features.msgpack", srsly.msgpack_dumps(features))
        archive.writestr("weights.npz", weights.getvalue())


def _write_bytes_tokenizer(folder: Path) -> None:
    """Write GPT-2's tokenizer without merges, with the tokens of sounds."""
    from tokenizers.pre_tokenizers import ByteLevel

    vocabulary = {sign: number for number, sign in enumerate(sorted(ByteLevel.alphabet()))}
    # Without gaps: the library numbers added tokens on from the last one.
    vocabulary |= {f"<unused {number}>": number for number in range(len(vocabulary), 50256)}
    vocabulary["<|endoftext|>"] = 50256
    added = {f"[{name}]": 50257 + number for number, name in enumerate(ADDED_TOKENS)}
    end = "<|endoftext|>"
    flags = dict.fromkeys(("lstrip", "rstrip", "single_word", "special"), False) | {"normalized": True}
    settings = {
        "tokenizer_class": "GPT2Tokenizer",
        "model_max_length": 1024,
        "added_tokens_decoder": {str(number): flags | {"content": name} for name, number in added.items()},
        **dict.fromkeys(("eos_token", "bos_token", "unk_token"), end),
    }
    for name, content in {"vocab.json": vocabulary, "tokenizer_config.json": settings}.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    # Byte by byte the file of the real models.
    (folder / "added_tokens.json").write_text(json.dumps(added, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")


if __name__ == "__main__":
    options = sys.argv[3:] or ["40"]
    write_checkpoint(Path(sys.argv[1]), sys.argv[2], n_codes=int(options[0]), full=options[1:] == ["full"])
    print("{}")
