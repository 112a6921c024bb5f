"""Kokoro's network: the kokoro package's samples, determinism, and cancels between layers."""

from __future__ import annotations

import gc
import math
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kokoro_checkpoint import ALPHABET, write_checkpoint, write_voice
from optional import skip_without

skip_without("kokoro")

import torch

from voxweft.engines.errors import CancelledError
from voxweft.engines.kokoro.acoustic.blocks import Curves
from voxweft.engines.kokoro.acoustic.checkpoint import load_checkpoint
from voxweft.engines.kokoro.acoustic.distance import log_mel_distance
from voxweft.engines.kokoro.acoustic.interrupts import catch_out_of_memory
from voxweft.engines.kokoro.acoustic.model import AcousticModel, Spoken, _frames
from voxweft.engines.kokoro.acoustic.overlap_add import SpectrumInverse, Upsampling, conv_rows, conv_rows_weight
from voxweft.engines.kokoro.acoustic.source import Source
from voxweft.engines.kokoro.acoustic.styles import Affine
from voxweft.engines.kokoro.acoustic.tiles import Scratch, TiledConvolution, tile_size, transform_of
from voxweft.engines.kokoro.common.errors import KokoroError, KokoroMemoryError

CLOSE = 1e-4
"""A tenth of the tolerance that the engine promises; these weights give outputs of maximum amplitude."""

VOICED_HZ = 180.0


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint with voiced speech: random weights never reach the pitch threshold of the sines."""
    folder = write_checkpoint(tmp_path_factory.mktemp("kokoro"), frames_per_symbol=1.5, voices=("one", "two"))
    states = torch.load(folder / "kokoro-v1_0.pth", weights_only=True)
    states["predictor"]["F0_proj.bias"].fill_(VOICED_HZ)
    torch.save(states, folder / "kokoro-v1_0.pth")
    return folder


@pytest.fixture(scope="module")
def model(folder: Path) -> AcousticModel:
    return load(folder)


@pytest.fixture(scope="module")
def reference(folder: Path) -> Any:
    from kokoro import KModel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config, weights = str(folder / "config.json"), str(folder / "kokoro-v1_0.pth")
        return KModel(repo_id="hexgrad/Kokoro-82M", config=config, model=weights).eval()


@pytest.fixture(scope="module")
def voices(folder: Path) -> dict[str, torch.Tensor]:
    return {path.stem: torch.load(path, weights_only=True) for path in (folder / "voices").iterdir()}


def load(folder: Path, **settings: str) -> AcousticModel:
    return AcousticModel.load(folder, progress=lambda _message, _fraction: None, **settings)


def symbols_of(count: int, seed: int = 0) -> str:
    return "".join(np.random.default_rng(seed).choice(list(ALPHABET), count))


def speak(model: AcousticModel, symbols: str, style: torch.Tensor, *, speed: float = 1.0, seed: int = 0) -> Spoken:
    return model.speak(symbols, style, speed=speed, seed=seed, cancelled=lambda: False)


class Twin:
    """The package's output for a text, with the inputs of its decoder."""

    def __init__(self, reference: Any, symbols: str, style: torch.Tensor, seed: int) -> None:
        inputs_of_decoder: list[torch.Tensor] = []
        hook = reference.decoder.register_forward_pre_hook(lambda _module, inputs: inputs_of_decoder.extend(inputs))
        torch.manual_seed(seed)
        output = reference(symbols, style, 1.0, return_output=True)
        hook.remove()
        self.samples = output.audio.numpy()
        self.frames = output.pred_dur.numpy()
        self.text, f0, energy, self.style = inputs_of_decoder
        self.curves = Curves(f0, energy)


@pytest.mark.parametrize(("count", "voice"), [(1, "one"), (2, "two"), (7, "one"), (23, "two"), (61, "one")])
def test_the_samples_equal_the_packages(
    model: AcousticModel, reference: Any, voices: dict[str, torch.Tensor], count: int, voice: str
) -> None:
    symbols, style = symbols_of(count, count), voices[voice][count - 1]
    twin = Twin(reference, symbols, style, seed=11)
    spoken = speak(model, symbols, style, seed=11)
    assert np.array_equal(spoken.timing.frames, twin.frames)
    assert spoken.samples.dtype == np.float32
    assert spoken.samples.shape == twin.samples.shape == (600 * spoken.timing.frames.sum(),)
    with torch.inference_mode():
        # A phase is the sum of all pitches before it, in single precision, so it depends on their last bits. This test
        # therefore uses the package's pitch, and the next test compares the pitches.
        same = model.decode(twin.text, twin.curves, twin.style, 11, lambda: None).numpy()
    assert np.abs(same - twin.samples.clip(-1, 1)).max() < CLOSE
    assert twin.curves.f0_hz.min() > 10  # otherwise this would only compare noise


def test_pitch_and_energy_equal_the_packages(
    model: AcousticModel, reference: Any, voices: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    symbols, style = symbols_of(40), voices["two"][39]
    twin = Twin(reference, symbols, style, seed=0)
    decoder_inputs: list[tuple[torch.Tensor, Curves, torch.Tensor]] = []
    features = model._features

    def recording_features(text: torch.Tensor, curves: Curves, style: torch.Tensor, *rest: Any) -> Any:
        decoder_inputs.append((text, curves, style))
        return features(text, curves, style, *rest)

    monkeypatch.setattr(model, "_features", recording_features)
    speak(model, symbols, style)
    [(text, curves, decoder_style)] = decoder_inputs
    assert torch.allclose(curves.f0_hz, twin.curves.f0_hz, rtol=3e-6, atol=0)
    assert torch.allclose(curves.energy, twin.curves.energy, rtol=1e-4, atol=1e-5)
    assert torch.allclose(text, twin.text, rtol=1e-4, atol=1e-5)
    assert torch.equal(decoder_style, twin.style)


def test_unvoiced_samples_equal_the_packages(reference: Any, folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "config.json", tmp_path)
    states = torch.load(folder / "kokoro-v1_0.pth", weights_only=True)
    states["predictor"]["F0_proj.bias"].fill_(0)
    torch.save(states, tmp_path / "kokoro-v1_0.pth")
    before = reference.predictor.F0_proj.bias.clone()
    style = torch.load(write_voice(tmp_path / "voice.pt", seed=5), weights_only=True)[4]
    with torch.no_grad():
        reference.predictor.F0_proj.bias.zero_()
        twin = Twin(reference, "hˈaɪ.", style, seed=2)
        reference.predictor.F0_proj.bias.copy_(before)
    assert np.abs(speak(load(tmp_path), "hˈaɪ.", style, seed=2).samples - twin.samples.clip(-1, 1)).max() < CLOSE


def test_the_samples_depend_on_the_arguments_only(model: AcousticModel, voices: dict[str, torch.Tensor]) -> None:
    short, long = ("hˈə", voices["one"][2]), (symbols_of(30), voices["two"][29])
    first = {text: speak(model, text, style).samples for text, style in (short, long)}
    torch.manual_seed(77)
    before = torch.random.get_rng_state()
    for text, style in (long, short, short, long):
        assert np.array_equal(speak(model, text, style).samples, first[text])
    assert torch.equal(before, torch.random.get_rng_state())
    other = speak(model, *short, seed=1)
    assert not np.array_equal(other.samples, first[short[0]])
    assert np.abs(other.samples).max() <= 1
    assert not np.array_equal(speak(model, short[0], voices["two"][2]).samples, first[short[0]])


def test_another_instance_gives_the_same_samples(
    model: AcousticModel, folder: Path, voices: dict[str, torch.Tensor]
) -> None:
    style = voices["one"][4]
    assert np.array_equal(speak(load(folder), "hˈaɪ.", style).samples, speak(model, "hˈaɪ.", style).samples)


class Counter:
    """A `cancelled` that counts its calls; true from call `stop_at` on."""

    def __init__(self, stop_at: float = math.inf) -> None:
        self.n_calls = 0
        self._stop_at = stop_at

    def __call__(self) -> bool:
        self.n_calls += 1
        return self.n_calls >= self._stop_at


def test_a_cancel_stops_at_the_next_check(model: AcousticModel, voices: dict[str, torch.Tensor]) -> None:
    symbols, style = symbols_of(12), voices["one"][11]
    counter = Counter()
    model.speak(symbols, style, speed=1.0, seed=0, cancelled=counter)
    n_layers = 2 + 1 + 2 + 1 + 6 + 5 + 4 * 3 * 6  # BERT, lengths, text, pitch and energy, decoder, vocoder
    assert counter.n_calls > n_layers
    for stop_at in (1, 2, 3, counter.n_calls // 2, counter.n_calls - 1, counter.n_calls):
        stopping = Counter(stop_at)
        with pytest.raises(CancelledError):
            model.speak(symbols, style, speed=1.0, seed=0, cancelled=stopping)
        assert stopping.n_calls == stop_at
    assert np.isfinite(speak(model, symbols, style).samples).all()


def test_a_long_layer_checks_for_a_cancel_at_each_block() -> None:
    tiled = TiledConvolution(torch.ones(1, 2, 3), 1, block_values=20 * 2)
    n_rows = 100 * tiled.span
    out, counter = torch.empty(n_rows + tiled.span, 1), Counter()
    tiled.run(torch.ones(n_rows, 2), Affine(torch.ones(2), torch.ones(2)), out, Scratch(), counter, add=False)
    assert counter.n_calls == math.ceil(100 / (20 // tiled.span))


def test_the_longest_text_is_spoken_completely(model: AcousticModel, voices: dict[str, torch.Tensor]) -> None:
    symbols, style = symbols_of(510), voices["one"][509]
    [[timing]] = model.timings([symbols], [style], [4.0])
    spoken = speak(model, symbols, style, speed=4.0)
    assert len(spoken.timing.frames) == 512
    assert len(spoken.samples) == 600 * timing.frames.sum()


@given(
    st.lists(st.floats(0.0, 30.0), min_size=20, max_size=60),
    st.sampled_from([0.5, 0.8, 0.9, 1.0, 1.1, 1.25, 1.3, 1.5, 1.75, 2.0]),
)
def test_the_total_length_is_divided_by_the_speed(lengths: list[float], speed: float) -> None:
    """Check sums up to every symbol, unless there are too many of one frame, which can't be shorter."""
    raw = torch.tensor(lengths)
    at_one = torch.round(raw).clamp(min=1).long()
    assert torch.equal(_frames(raw, 1.0), at_one)  # the package's
    frames = _frames(raw, speed)
    assert frames.min() >= 1
    asked, made = at_one.cumsum(0) / speed, frames.cumsum(0)
    assert (made >= asked - 0.5).all()
    for place, (end, ideal) in enumerate(zip(made.tolist(), asked.tolist(), strict=True)):
        if end > ideal + 0.5:  # only after a run of symbols of one frame
            assert frames[place] == 1


def test_a_part_is_like_that_part_of_the_whole(model: AcousticModel, voices: dict[str, torch.Tensor]) -> None:
    symbols, style = symbols_of(60), voices["one"][59]
    prepared = model.prepare(symbols, style, speed=1.0, seed=3, cancelled=lambda: False)
    whole = model.samples(prepared, cancelled=lambda: False)
    assert np.array_equal(whole, speak(model, symbols, style, seed=3).samples)
    middle = int(prepared.timing.frames.sum()) // 2
    parts = [model.samples(prepared, *span, cancelled=lambda: False) for span in ((0, middle), (middle, None))]
    together = np.concatenate(parts)
    assert together.shape == whole.shape
    assert log_mel_distance(together, whole) < log_mel_distance(together[::-1].copy(), whole) / 4


def test_the_predicted_timing_equals_the_spoken_timing(model: AcousticModel, voices: dict[str, torch.Tensor]) -> None:
    speeds = [0.8, 3.7]
    counts = [1, 9, 4, 9, 21, 2]
    texts = [symbols_of(count, seed) for seed, count in enumerate(counts)]
    styles = [voices["two" if count % 2 else "one"][count - 1] for count in counts]
    found = model.timings(texts, styles, speeds)
    assert [len(row) for row in found] == [len(speeds)] * len(texts)
    for text, style, row in zip(texts, styles, found, strict=True):
        for speed, (frames, energy) in zip(speeds, row, strict=True):
            spoken = speak(model, text, style, speed=speed).timing
            assert frames.dtype == np.int64
            assert frames.min() >= 1
            assert frames.shape == spoken.frames.shape == (len(text) + 2,)
            # In a batch the last bits differ, so a length within a millionth of a half may be rounded the other way.
            assert np.abs(frames - spoken.frames).sum() <= 1
            assert energy.shape == (2 * frames.sum(),)
            if np.array_equal(frames, spoken.frames):
                assert np.allclose(energy, spoken.energy, atol=1e-3)


@pytest.mark.slow
def test_many_texts_are_predicted_in_several_batches(model: AcousticModel, voices: dict[str, torch.Tensor]) -> None:
    texts = [symbols_of(count, count) for count in (510, 3, 510, 400, 30, 510, 510, 510, 510, 510, 5)]
    styles = [voices["one"][len(text) - 1] for text in texts]
    together = model.timings(texts, styles, [1.0])
    alone = [model.timings([text], [style], [1.0])[0] for text, style in zip(texts, styles, strict=True)]
    assert all(np.abs(a[0].frames - b[0].frames).sum() <= 1 for a, b in zip(together, alone, strict=True))
    assert model.timings([], [], [1.0]) == []


@pytest.mark.parametrize(
    ("symbols", "message"),
    [
        ("", "0 symbols"),
        ("a" * 511, "511 symbols can't be spoken at once; the number must be 1 to 510"),
        ("aß", r"no symbol 'ß' \(U\+00DF\)"),
    ],
)
def test_invalid_symbols_are_rejected(
    model: AcousticModel, voices: dict[str, torch.Tensor], symbols: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        speak(model, symbols, voices["one"][0])
    with pytest.raises(ValueError, match=message):
        model.timings(["a", symbols], [voices["one"][0]] * 2, [1.0])


def test_a_style_of_another_shape_is_rejected(model: AcousticModel, voices: dict[str, torch.Tensor]) -> None:
    with pytest.raises(ValueError, match=r"a style has the shape \(510, 1, 256\)"):
        speak(model, "a", voices["one"])


def test_properties_of_the_model(model: AcousticModel) -> None:
    assert (model.alphabet, model.max_symbols) == (frozenset(ALPHABET), 510)
    assert (model.device, model.dtype) == ("cpu", "float32")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dtype": "float16"}, "no dtype 'float16' on 'cpu'; available: float32, bfloat16"),
        ({"dtype": "int8"}, "no dtype 'int8'"),
    ],
)
def test_an_unavailable_dtype_is_rejected(folder: Path, settings: dict[str, str], message: str) -> None:
    with pytest.raises(KokoroError, match=message):
        load(folder, **settings)


def test_half_precision_keeps_the_lengths_and_changes_the_sound_little(
    model: AcousticModel, folder: Path, voices: dict[str, torch.Tensor]
) -> None:
    half = load(folder, dtype="bfloat16")
    symbols, style = symbols_of(9), voices["one"][8]
    whole, rough = speak(model, symbols, style), speak(half, symbols, style)
    assert np.array_equal(whole.timing.frames, rough.timing.frames)
    assert not np.array_equal(whole.samples, rough.samples)
    assert np.array_equal(rough.samples, speak(half, symbols, style).samples)
    other = speak(model, symbols, style, seed=9)
    apart = log_mel_distance(whole.samples, rough.samples)
    assert apart < 2.0
    assert apart < log_mel_distance(whole.samples, other.samples)


def test_log_mel_distance_is_in_decibels() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 24000).astype(np.float32)
    assert log_mel_distance(noise, noise) == 0
    assert log_mel_distance(noise, noise * np.float32(0.5)) == pytest.approx(20 * math.log10(2), rel=1e-3)
    with pytest.raises(ValueError, match="can't be compared"):
        log_mel_distance(noise, noise[1:])


def test_a_loaded_model_keeps_no_unused_weights(folder: Path, model: AcousticModel) -> None:
    on_disk = (folder / "kokoro-v1_0.pth").stat().st_size
    # In tiles, the vocoder's convolutions hold a matrix for each frequency instead of each tap; nothing is held twice.
    assert held_bytes(model) < 1.5 * on_disk


def held_bytes(root: object) -> int:
    """Return the bytes of all tensors that can be reached from an object."""
    storages: dict[int, int] = {}
    seen: set[int] = set()
    waiting: list[object] = [root]
    while waiting:
        item = waiting.pop()
        if id(item) in seen or isinstance(item, type):
            continue
        seen.add(id(item))
        if isinstance(item, torch.Tensor):
            storages[item.untyped_storage().data_ptr()] = item.untyped_storage().nbytes()
        elif isinstance(item, (dict, list, tuple)) or type(item).__module__.startswith(
            ("voxweft", "torch.nn", "kokoro")
        ):
            waiting += gc.get_referents(item)
    return sum(storages.values())


def test_only_a_failed_allocation_becomes_a_memory_error() -> None:
    with pytest.raises(KokoroMemoryError, match="out of memory on 'cpu'"), catch_out_of_memory(torch.device("cpu")):
        torch.empty(1 << 60)
    with (
        pytest.raises(RuntimeError, match=r"size mismatch|shapes cannot be multiplied"),
        catch_out_of_memory(torch.device("cpu")),
    ):
        torch.mm(torch.ones(2, 3), torch.ones(2, 3))
    with pytest.raises(CancelledError), catch_out_of_memory(torch.device("cpu")):
        raise CancelledError


@settings(max_examples=40)
@given(
    taps=st.sampled_from([1, 3, 5, 7, 11, 17]),
    dilation=st.integers(1, 6),
    n_in=st.sampled_from([1, 6, 144]),
    n_out=st.integers(1, 5),
    length=st.integers(1, 400),
    block_values=st.sampled_from([1, 3000, 1 << 20]),
    add=st.booleans(),
)
def test_a_tiled_convolution_is_a_convolution_of_the_snake(
    *, taps: int, dilation: int, n_in: int, n_out: int, length: int, block_values: int, add: bool
) -> None:
    generator = torch.Generator().manual_seed(taps * dilation + length)
    weight = torch.randn(n_out, n_in, taps, generator=generator)
    x = torch.randn(length, n_in, generator=generator)
    affine = Affine(torch.rand(n_in, generator=generator) + 0.5, torch.randn(n_in, generator=generator))
    tiled = TiledConvolution(weight, dilation, block_values)
    out = torch.randn(length + tiled.span, n_out, generator=generator)
    ramp = (x.double() * affine.scale + affine.shift).t()
    snake = ramp + torch.sin(ramp).square()
    padding = (taps - 1) // 2 * dilation
    wanted = torch.nn.functional.conv1d(snake.unsqueeze(0), weight.double(), padding=padding, dilation=dilation)[0].t()
    if add:
        wanted = wanted + out[:length]
    tiled.run(x, affine, out, Scratch(), lambda: None, add=add)
    scale = math.sqrt(n_in * taps)
    assert torch.allclose(out[:length].double(), wanted, atol=2e-5 * scale, rtol=0)


@given(taps=st.integers(1, 20), channels=st.sampled_from([16, 128, 256]))
def test_the_transform_is_exact(taps: int, channels: int) -> None:
    size = tile_size(taps, channels)
    transform = transform_of(taps, size)
    generator = torch.Generator().manual_seed(taps)
    x = torch.randn(size, dtype=torch.float64, generator=generator)
    w = torch.randn(taps, dtype=torch.float64, generator=generator)
    found = transform.inverse @ ((transform.kernel @ w) * (transform.forward @ x))
    wanted = torch.stack([(x[start : start + taps] * w).sum() for start in range(size - taps + 1)])
    assert torch.allclose(found, wanted, atol=1e-12, rtol=0)


@given(stride=st.integers(1, 7), extra=st.integers(0, 9), length=st.integers(1, 30))
def test_upsampling_is_a_transposed_convolution(stride: int, extra: int, length: int) -> None:
    weight = torch.randn(3, 4, stride + 2 * extra, generator=torch.Generator().manual_seed(extra))
    x = torch.randn(length, 3, generator=torch.Generator().manual_seed(length))
    padding = min(extra, (stride * (length - 1) + stride + 2 * extra - 1) // 2)
    upsampling = Upsampling(weight, stride, padding, torch.device("cpu"), torch.float32)
    wanted = torch.conv_transpose1d(x.t().unsqueeze(0), weight, stride=stride, padding=padding)[0].t()
    assert torch.allclose(upsampling.run(x), wanted, atol=1e-5)


@given(taps=st.sampled_from([1, 3, 7]), length=st.integers(1, 20))
def test_a_convolution_of_rows_is_a_convolution(taps: int, length: int) -> None:
    weight = torch.randn(4, 3, taps, generator=torch.Generator().manual_seed(taps))
    x = torch.randn(length, 3, generator=torch.Generator().manual_seed(length))
    wanted = torch.conv1d(x.t().unsqueeze(0), weight, padding=taps // 2)[0].t()
    assert torch.allclose(conv_rows(x, conv_rows_weight(weight), taps), wanted, atol=1e-5)


@given(frames=st.integers(1, 40))
def test_the_inverse_spectrum_equals_torchs(frames: int) -> None:
    generator = torch.Generator().manual_seed(frames)
    magnitude, phase = torch.rand(frames + 1, 11, generator=generator), torch.randn(frames + 1, 11, generator=generator)
    found = SpectrumInverse(20, 5, torch.device("cpu")).run(magnitude, phase)
    spectrum = torch.polar(magnitude, phase).t().unsqueeze(0)
    wanted = torch.istft(spectrum, 20, 5, 20, window=torch.hann_window(20))[0]
    assert torch.allclose(found, wanted, atol=1e-5)


def test_the_source_equals_the_packages(folder: Path, reference: Any) -> None:
    generator = reference.decoder.generator
    f0_hz = torch.cat([torch.zeros(1, 20), torch.linspace(80, 320, 60).unsqueeze(0)], dim=1)
    source = Source(load_checkpoint(folder, lambda *_: None).decoder.generator, torch.device("cpu"))
    with torch.inference_mode():
        found = source.spectrum(f0_hz, torch.Generator().manual_seed(4), lambda: None)
        torch.manual_seed(4)
        wave, _, _ = generator.m_source(generator.f0_upsamp(f0_hz[:, None]).transpose(1, 2))
        magnitude, angle = generator.stft.transform(wave.transpose(1, 2).squeeze(1))
    assert torch.allclose(found, torch.cat([magnitude, angle], dim=1)[0].t(), atol=1e-6)
