"""Kokoro's network: from symbols and a style to samples and each symbol's duration."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ...devices import choose_device
from ..common.errors import KokoroError
from .blocks import CurvePredictor, Curves, Decoder
from .checkpoint import Checkpoint, Progress, load_checkpoint
from .interrupts import Cancelled, Check, cancellation_check, catch_out_of_memory
from .source import Source
from .text import Bert, DurationPredictor, TextEncoder
from .vocoder import Vocoder

BATCH_SYMBOLS = 4096
"""Maximum number of symbols, padding included, in one batch of the duration predictor; it bounds the memory."""

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
CONTEXT_FRAMES = 16
"""What the vocoder gets on both sides of a part, if there is as much: 0.4 s."""
_FEATURES_PER_FRAME = 2
_CORRECTIONS, _EXACT = 2, 0.004
"""A speed is corrected this often, until the length is that exact."""
_STYLE_VALUES = 128  # the style's first half is the decoder's, the second the predictor's


class Timing(NamedTuple):
    """What the network predicts before it makes any sound.

    Attributes:
        frames: Each symbol's duration `[n_symbols + 2]` in frames of 25 ms, with the start mark's and the end mark's.
        energy: The natural logarithm of the sound's power `[2 * sum(frames)]`, one value per 12.5 ms.
    """

    frames: NDArray[np.int64]
    energy: NDArray[np.float32]


class Spoken(NamedTuple):
    """Mono samples `[sum(frames) * 600]` at 24 kHz in -1..1, and their timing."""

    samples: NDArray[np.float32]
    timing: Timing


class Prepared(NamedTuple):
    """A text before the vocoder, which takes four fifths of the time: its timing, and what only the model reads.

    All that depends on the whole text is decided here: lengths, pitch, energy and noise.
    """

    timing: Timing
    features: torch.Tensor
    source: torch.Tensor
    style: torch.Tensor


LengthOf = Callable[[str, Timing], int]
TimingOf = Callable[[torch.Tensor], Timing]


class AcousticModel:
    """A loaded checkpoint. Its output is a function of the arguments alone. Not thread-safe."""

    def __init__(self, checkpoint: Checkpoint, device: torch.device, dtype: str, length_of: LengthOf) -> None:
        self.alphabet = frozenset(checkpoint.shape.vocab)
        self.max_symbols = checkpoint.shape.max_symbols
        self.device, self.dtype = str(device), dtype
        self._vocab = checkpoint.shape.vocab
        self._where = device
        self._length_of = length_of
        precision = _DTYPES[dtype]
        self._bert = Bert(checkpoint.bert, checkpoint.bert_encoder, device)
        self._text = TextEncoder(checkpoint.text_encoder, device)
        self._durations = DurationPredictor(checkpoint.predictor, device)
        self._curves = CurvePredictor(checkpoint.predictor, device)
        self._source = Source(checkpoint.decoder.generator, device)
        self._decoder = Decoder(checkpoint.decoder, device, precision)
        self._vocoder = Vocoder(checkpoint.decoder.generator, device, precision)

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        device: str = "cpu",
        dtype: str = "float32",
        progress: Progress,
        length_of: LengthOf = lambda _symbols, _timing: 0,
    ) -> AcousticModel:
        """Load a folder's model.

        `length_of` returns the part of a text's length that the speed is about, in any unit; 0 for the sum of frames.

        Raises:
            KokoroMemoryError: The model doesn't fit into the device's memory.
            DeviceError: The device isn't available.
            KokoroError: The dtype isn't available, or the files are invalid.
        """
        where = choose_device(device)
        if dtype not in _DTYPES or (dtype == "float16" and where.type == "cpu"):
            known = [name for name in _DTYPES if name != "float16" or where.type != "cpu"]
            raise KokoroError(f"no dtype '{dtype}' on '{where}'; available: {', '.join(known)}")
        with catch_out_of_memory(where), torch.inference_mode():
            checkpoint = load_checkpoint(folder, progress)
            progress("preparing Kokoro", None)
            model = cls(checkpoint, where, dtype, length_of)
        del checkpoint
        gc.collect()  # the emptied modules form reference cycles
        return model

    def speak(self, symbols: str, style: torch.Tensor, *, speed: float, seed: int, cancelled: Cancelled) -> Spoken:
        """Synthesize symbols in a style `[1, 256]` (float32, on the CPU); raises what `prepare` does."""
        prepared = self.prepare(symbols, style, speed=speed, seed=seed, cancelled=cancelled)
        return Spoken(self.samples(prepared, cancelled=cancelled), prepared.timing)

    def prepare(self, symbols: str, style: torch.Tensor, *, speed: float, seed: int, cancelled: Cancelled) -> Prepared:
        """Do everything but the vocoder's work for symbols in a style.

        Raises:
            ValueError: No symbols, too many, or an unknown one.
            CancelledError: `cancelled()` became true.
            KokoroMemoryError: The symbols don't fit into the device's memory.
        """
        ids = [self._ids(symbols)]
        if style.shape != (1, 2 * _STYLE_VALUES):
            raise ValueError(f"a style has the shape {tuple(style.shape)}; it must be (1, {2 * _STYLE_VALUES})")
        check = cancellation_check(cancelled)
        check()
        with catch_out_of_memory(self._where), torch.inference_mode():
            decoder_style, predictor_style = style.to(self._where).chunk(2, dim=1)
            numbers = torch.tensor(ids, device=self._where)
            encoding, lengths = self._predict(ids, predictor_style, check)
            timing_of = self._timing_of(encoding[0], predictor_style)
            [frames] = self._frames_at(symbols, lengths[0], [speed], timing_of)
            curves = self._curves.run(encoding.repeat_interleave(frames, dim=1), predictor_style, check)
            text = self._text.run(numbers, check).repeat_interleave(frames, dim=2)
            features, source = self._features(text, curves, decoder_style, seed, check)
            timing = Timing(frames.cpu().numpy(), curves.energy[0].cpu().numpy())
            return Prepared(timing, features, source, decoder_style)

    def samples(
        self, prepared: Prepared, begin: int = 0, end: int | None = None, *, cancelled: Cancelled
    ) -> NDArray[np.float32]:
        """Return the samples of the frames `begin` to `end` (all by default), 600 each.

        The vocoder normalizes over what it gets, so a part differs a little from the same part of the whole: with
        `CONTEXT_FRAMES` more on both sides, 2 s differ by up to 1 dB in level, and 1 s by up to 2.5 dB.

        CancelledError and KokoroMemoryError as in `prepare`.
        """
        n_frames = len(prepared.features) // _FEATURES_PER_FRAME
        end = n_frames if end is None else end
        first, last = max(0, begin - CONTEXT_FRAMES), min(n_frames, end + CONTEXT_FRAMES)
        hops = (len(prepared.source) - 1) // n_frames
        with catch_out_of_memory(self._where), torch.inference_mode():
            # The vocoder changes its input.
            features = prepared.features[first * _FEATURES_PER_FRAME : last * _FEATURES_PER_FRAME].clone()
            source = prepared.source[first * hops : last * hops + 1]
            made = self._vocoder.run(features, source, prepared.style, cancellation_check(cancelled))
            n_samples = len(made) // (last - first)
            return made[(begin - first) * n_samples : (end - first) * n_samples].clamp_(-1.0, 1.0).cpu().numpy()

    def decode(self, text: torch.Tensor, curves: Curves, style: torch.Tensor, seed: int, check: Check) -> torch.Tensor:
        """Return the samples for an encoding `[1, 512, n_frames]`, a column per frame, with its curves and a style."""
        return self._vocoder.run(*self._features(text, curves, style, seed, check), style, check).clamp_(-1.0, 1.0)

    def _features(
        self, text: torch.Tensor, curves: Curves, style: torch.Tensor, seed: int, check: Check
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the vocoder's features `[2 * n_frames, 512]` and the excitation's spectrum."""
        check()
        source = self._source.spectrum(curves.f0_hz, torch.Generator().manual_seed(seed), check)
        return self._decoder.run(text, curves, style, check), source

    def timings(
        self, symbols: Sequence[str], styles: Sequence[torch.Tensor], speeds: Sequence[float]
    ) -> list[list[Timing]]:
        """Return the timing that `speak` would return for each text and each speed, without making sound.

        ValueError and KokoroMemoryError as in `speak`.
        """
        ids = [self._ids(text) for text in symbols]
        if not ids:
            return []
        with catch_out_of_memory(self._where), torch.inference_mode():
            predictor_styles = torch.cat(list(styles)).to(self._where)[:, _STYLE_VALUES:]
            found: dict[int, list[Timing]] = {}
            for batch in _batches([len(numbers) for numbers in ids]):
                of_batch = [ids[place] for place in batch]
                encodings, lengths = self._predict(of_batch, predictor_styles[batch], lambda: None)
                for place, padded, row in zip(batch, encodings, lengths, strict=True):
                    n_symbols = len(ids[place])
                    timing_of = self._timing_of(padded[:n_symbols], predictor_styles[place : place + 1])
                    of_speeds = self._frames_at(symbols[place], row[:n_symbols], speeds, timing_of)
                    found[place] = [timing_of(frames) for frames in of_speeds]
            return [found[place] for place in range(len(ids))]

    def _frames_at(
        self, symbols: str, lengths: torch.Tensor, speeds: Sequence[float], timing_of: TimingOf
    ) -> list[torch.Tensor]:
        """Return each symbol's frames at each speed.

        The sound doesn't get shorter by the same factor as the frames do: the silence around it doesn't scale with them
        (2 % at speed 0.5). So the factor is corrected by what it gives.
        """

        def length(frames: torch.Tensor) -> int:
            return self._length_of(symbols, timing_of(frames))

        length_at_one = length(_frames(lengths, 1.0)) if any(speed != 1 for speed in speeds) else 0
        found = []
        for speed in speeds:
            frames, factor = _frames(lengths, speed), speed
            for _ in range(_CORRECTIONS if speed != 1 and length_at_one > 0 else 0):
                excess = length(frames) * speed / length_at_one
                if abs(excess - 1) <= _EXACT:
                    break
                factor *= excess
                frames = _frames(lengths, factor)
            found.append(frames)
        return found

    def _timing_of(self, encoding: torch.Tensor, style: torch.Tensor) -> TimingOf:
        """Return the function from the frames of one text to its timing, which predicts the energy of each once."""
        known: dict[tuple[int, ...], Timing] = {}

        def timing(frames: torch.Tensor) -> Timing:
            key = tuple(frames.tolist())
            if key not in known:
                stretched = encoding.repeat_interleave(frames, dim=0).unsqueeze(0)
                energy = self._curves.energy(stretched, style, lambda: None)
                known[key] = Timing(frames.cpu().numpy(), energy[0].cpu().numpy())
            return known[key]

        return timing

    def _predict(
        self, ids: Sequence[Sequence[int]], styles: torch.Tensor, check: Check
    ) -> tuple[torch.Tensor, torch.Tensor]:
        counts = [len(numbers) for numbers in ids]
        longest = max(counts)
        padded = torch.tensor([[*numbers, *[0] * (longest - len(numbers))] for numbers in ids], device=self._where)
        mask = None
        if min(counts) < longest:
            mask = torch.arange(longest, device=self._where) < torch.tensor(counts, device=self._where).unsqueeze(1)
        return self._durations.run(self._bert.run(padded, mask, check), styles, counts, check)

    def _ids(self, symbols: str) -> list[int]:
        if not 0 < len(symbols) <= self.max_symbols:
            raise ValueError(
                f"{len(symbols)} symbols can't be spoken at once; the number must be 1 to {self.max_symbols}"
            )
        unknown = sorted(set(symbols) - self.alphabet)
        if unknown:
            raise ValueError(f"Kokoro has no symbol '{unknown[0]}' (U+{ord(unknown[0]):04X})")
        return [0, *(self._vocab[symbol] for symbol in symbols), 0]  # 0 marks start and end


def _batches(counts: Sequence[int]) -> list[list[int]]:
    """Group the indices of texts into batches of similar length, which need little padding."""
    batches: list[list[int]] = []
    for place in sorted(range(len(counts)), key=counts.__getitem__):
        if batches and (len(batches[-1]) + 1) * counts[place] <= BATCH_SYMBOLS:
            batches[-1].append(place)
        else:
            batches.append([place])
    return batches


def _frames(lengths: torch.Tensor, speed: float) -> torch.Tensor:
    """Return whole frames, at least one for each symbol, whose sum at a speed is that at speed 1 divided by it.

    At speed 1 each length is rounded, as in the package. At another speed the package rounds each length too; most have
    two to four frames, so the rounding would decide the speed (1.18 instead of 1.25). Here the ends are rounded, and a
    symbol that is lengthened to one frame takes the time from the next ones.
    """
    ends = torch.round(torch.round(lengths).clamp_(min=1).double().cumsum(0) / speed).long()
    symbols = torch.arange(1, len(ends) + 1, device=ends.device)
    # The earliest ends that are at least one frame apart, and never before the rounded ones.
    ends = torch.cummax(ends - symbols, 0).values.clamp_(min=0) + symbols
    return torch.diff(ends, prepend=ends.new_zeros(1))
