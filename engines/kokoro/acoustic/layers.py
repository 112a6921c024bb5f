"""The modules of Kokoro's network: the names and the shapes of its weights.

What they compute is elsewhere, with their weights rearranged: in `text`, `blocks`, `source` and `vocoder`. The names
are the file's, so each module's `state_dict` lists what it must have. They are created on torch's meta device, without
memory.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from .config import Bert as BertShape
from .config import Shape
from .config import Vocoder as VocoderShape

_BERT_EMBEDDING, _BERT_EPSILON = 128, 1e-12
_WIDE, _NARROW = 1024, 64  # channels inside the decoder, and of the text that each of its blocks gets again
_HARMONICS = 8
_SLOPE = 0.2


def make_parts(shape: Shape) -> dict[str, nn.Module]:
    """Return the five parts of the network, by their names in the weights file."""
    return {
        "bert": Bert(shape.plbert, shape.n_token),
        "bert_encoder": nn.Linear(shape.plbert.hidden_size, shape.hidden_dim),
        "predictor": Predictor(shape),
        "text_encoder": TextEncoder(shape),
        "decoder": Decoder(shape),
    }


def _embedding(count: int, size: int) -> nn.Embedding:
    # torch's own initialization would import the sources of all of its operators, which takes a second.
    return nn.Embedding(count, size, _weight=torch.empty(count, size))


def _lstm(n_in: int, n_out: int) -> nn.LSTM:
    return nn.LSTM(n_in, n_out // 2, batch_first=True, bidirectional=True)


class Bert(nn.Module):
    """An ALBERT: all layers share the weights of one."""

    def __init__(self, shape: BertShape, n_symbols: int) -> None:
        super().__init__()
        self.n_layers = shape.num_hidden_layers
        self.embeddings = _BertEmbeddings(n_symbols, shape.max_position_embeddings)
        self.encoder = nn.Module()
        self.encoder.embedding_hidden_mapping_in = nn.Linear(_BERT_EMBEDDING, shape.hidden_size)
        group = nn.Module()
        group.albert_layers = nn.ModuleList([_BertLayer(shape)])
        self.encoder.albert_layer_groups = nn.ModuleList([group])


class _BertEmbeddings(nn.Module):
    def __init__(self, n_symbols: int, n_positions: int) -> None:
        super().__init__()
        self.word_embeddings = _embedding(n_symbols, _BERT_EMBEDDING)
        self.position_embeddings = _embedding(n_positions, _BERT_EMBEDDING)
        self.token_type_embeddings = _embedding(2, _BERT_EMBEDDING)
        self.LayerNorm = nn.LayerNorm(_BERT_EMBEDDING, eps=_BERT_EPSILON)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Return `[n_texts, n, 128]` for ids `[n_texts, n]`. All symbols are of the first type."""
        x = self.word_embeddings(ids) + self.token_type_embeddings.weight[0]
        normed: torch.Tensor = self.LayerNorm(x + self.position_embeddings.weight[: ids.shape[1]])
        return normed


class _BertLayer(nn.Module):
    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        size = shape.hidden_size
        self.n_heads = shape.num_attention_heads
        self.attention = nn.Module()
        for name in ("query", "key", "value", "dense"):
            self.attention.add_module(name, nn.Linear(size, size))
        self.attention.LayerNorm = nn.LayerNorm(size, eps=_BERT_EPSILON)
        self.full_layer_layer_norm = nn.LayerNorm(size, eps=_BERT_EPSILON)
        self.ffn = nn.Linear(size, shape.intermediate_size)
        self.ffn_output = nn.Linear(shape.intermediate_size, size)

    def feed_forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the output of the two layers after the attention, with GELU by its formula with tanh between them."""
        x = self.ffn(x)
        x = 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0))))
        out: torch.Tensor = self.ffn_output(x)
        return out


class TextEncoder(nn.Module):
    """The decoder's own encoding of the symbols."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        size, taps = shape.hidden_dim, shape.text_encoder_kernel_size
        self.embedding = _embedding(shape.n_token, size)
        self.cnn = nn.ModuleList(
            nn.Sequential(nn.Conv1d(size, size, taps, padding=taps // 2), _ChannelNorm(size), nn.LeakyReLU(_SLOPE))
            for _ in range(shape.n_layer)
        )
        self.lstm = _lstm(size, size)


class _ChannelNorm(nn.Module):
    def __init__(self, n_channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.empty(n_channels))
        self.beta = nn.Parameter(torch.empty(n_channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalize `[1, n_channels, n]` over the channels."""
        rows = x.transpose(1, 2)
        return nn.functional.layer_norm(rows, (rows.shape[2],), self.gamma, self.beta, 1e-5).transpose(1, 2)


class Predictor(nn.Module):
    """Durations, pitch and energy."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        size, style = shape.hidden_dim, shape.style_dim
        self.text_encoder = nn.Module()
        self.text_encoder.lstms = nn.ModuleList(
            module
            for _ in range(shape.n_layer)
            for module in (_lstm(size + style, size), _StyledLayerNorm(style, size))
        )
        self.lstm = _lstm(size + style, size)
        self.duration_proj = nn.Module()
        self.duration_proj.linear_layer = nn.Linear(size, shape.max_dur)
        self.shared = _lstm(size + style, size)
        half = size // 2
        for name in ("F0", "N"):
            sizes = ((size, size, False), (size, half, True), (half, half, False))
            blocks = [StyledBlock(n_in, n_out, style, doubles=doubles) for n_in, n_out, doubles in sizes]
            self.add_module(name, nn.ModuleList(blocks))
            self.add_module(f"{name}_proj", nn.Conv1d(half, 1, 1))


class _StyledLayerNorm(nn.Module):
    def __init__(self, style: int, n_channels: int) -> None:
        super().__init__()
        self.fc = nn.Linear(style, 2 * n_channels)


class _StyledNorm(nn.Module):
    """Published weights have no `norm`: its factors are one."""

    def __init__(self, style: int, n_channels: int) -> None:
        super().__init__()
        self.norm = nn.InstanceNorm1d(n_channels, affine=True)
        self.fc = nn.Linear(style, 2 * n_channels)


class StyledBlock(nn.Module):
    """Two convolutions of three taps with styled norms, and a shortcut."""

    def __init__(self, n_in: int, n_out: int, style: int, *, doubles: bool = False) -> None:
        super().__init__()
        self.doubles = doubles
        self.conv1, self.conv2 = nn.Conv1d(n_in, n_out, 3), nn.Conv1d(n_out, n_out, 3)
        self.norm1, self.norm2 = _StyledNorm(style, n_in), _StyledNorm(style, n_out)
        self.conv1x1 = None if n_in == n_out else nn.Conv1d(n_in, n_out, 1, bias=False)
        self.pool = nn.ConvTranspose1d(n_in, n_in, 3, stride=2, groups=n_in) if doubles else None


class Decoder(nn.Module):
    """From the stretched encoding, pitch and energy to the vocoder's features, and the vocoder."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        size, style = shape.hidden_dim, shape.style_dim
        between = _WIDE + _NARROW + 2
        self.encode = StyledBlock(size + 2, _WIDE, style)
        self.decode = nn.ModuleList(
            StyledBlock(between, size if last else _WIDE, style, doubles=last) for last in (False, False, False, True)
        )
        self.F0_conv, self.N_conv = nn.Conv1d(1, 1, 3), nn.Conv1d(1, 1, 3)
        self.asr_res = nn.ModuleList([nn.Conv1d(size, _NARROW, 1)])
        self.generator = Generator(shape.istftnet, style)


class Generator(nn.Module):
    """The vocoder: each stage upsamples, adds the excitation and averages its residual blocks."""

    def __init__(self, shape: VocoderShape, style: int) -> None:
        super().__init__()
        rates, n_bins = shape.upsample_rates, shape.gen_istft_n_fft + 2
        self.n_fft, self.hop = shape.gen_istft_n_fft, shape.gen_istft_hop_size
        self.n_samples = math.prod(rates) * self.hop  # of each value of the pitch
        self.m_source = nn.Module()
        self.m_source.l_linear = nn.Linear(_HARMONICS + 1, 1)
        self.ups, self.noise_convs = nn.ModuleList(), nn.ModuleList()
        self.noise_res, self.resblocks = nn.ModuleList(), nn.ModuleList()
        n_out = shape.upsample_initial_channel
        for number, (rate, taps) in enumerate(zip(rates, shape.upsample_kernel_sizes, strict=True)):
            n_in, n_out = n_out, n_out // 2
            self.ups.append(nn.ConvTranspose1d(n_in, n_out, taps, rate, padding=(taps - rate) // 2))
            later = math.prod(rates[number + 1 :])
            last = number == len(rates) - 1
            noise = (
                nn.Conv1d(n_bins, n_out, 1)
                if last
                else nn.Conv1d(n_bins, n_out, 2 * later, stride=later, padding=(later + 1) // 2)
            )
            self.noise_convs.append(noise)
            self.noise_res.append(_ResidualBlock(n_out, 11 if last else 7, [1, 3, 5], style))
            for block_taps, dilations in zip(shape.resblock_kernel_sizes, shape.resblock_dilation_sizes, strict=True):
                self.resblocks.append(_ResidualBlock(n_out, block_taps, dilations, style))
        self.conv_post = nn.Conv1d(n_out, n_bins, 7)


class _ResidualBlock(nn.Module):
    def __init__(self, n_channels: int, taps: int, dilations: list[int], style: int) -> None:
        super().__init__()
        for number, steps in enumerate((dilations, [1] * len(dilations)), 1):
            convs = [nn.Conv1d(n_channels, n_channels, taps, dilation=step) for step in steps]
            self.add_module(f"convs{number}", nn.ModuleList(convs))
            self.add_module(f"adain{number}", nn.ModuleList(_StyledNorm(style, n_channels) for _ in steps))
            alphas = [nn.Parameter(torch.empty(1, n_channels, 1)) for _ in steps]
            self.add_module(f"alpha{number}", nn.ParameterList(alphas))
