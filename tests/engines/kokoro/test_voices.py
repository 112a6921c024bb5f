"""Kokoro's voices by name, mix and tensor, and the errors for missing and invalid ones."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from kokoro_checkpoint import write_voice

pytest.importorskip("torch")

import torch

from voxweft.engines.kokoro.common.errors import KokoroVoiceError
from voxweft.engines.kokoro.official_voices import OFFICIAL, OPENAI_ALIASES
from voxweft.engines.kokoro.voices import KokoroVoice, KokoroVoices
from voxweft.utils.streaming import Blob, MixedVoice, NamedVoice, ReferenceVoice, TensorVoice, Voice, VoicePart
from voxweft.utils.streaming.worker.blobs import BlobStore

INSTALLED = ("af_alloy", "af_bella", "af_heart", "af_sky", "bf_emma", "jf_alpha")


def no_blobs(digest: str) -> Blob:
    raise KeyError(digest)


def voices_in(folder: Path, blob: Callable[[str], Blob] = no_blobs) -> KokoroVoices:
    return KokoroVoices(folder, blob, "af_heart")


def mix(*parts: tuple[str, float]) -> MixedVoice:
    return MixedVoice(tuple(VoicePart(name, weight) for name, weight in parts))


def content(path: Path) -> np.ndarray:
    return torch.load(path, weights_only=True).numpy()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Voices that no test changes."""
    folder = tmp_path_factory.mktemp("kokoro") / "voices"
    for seed, name in enumerate((*INSTALLED, "narrator", "my-voice.v2", "bm_uncle")):
        write_voice(folder / f"{name}.pt", seed=seed)
    return folder


@pytest.mark.parametrize(
    ("voice", "file", "code"),
    [
        (None, "af_heart", "a"),
        (NamedVoice("af_bella"), "af_bella", "a"),
        (NamedVoice("bf_emma"), "bf_emma", "b"),
        (NamedVoice("jf_alpha"), "jf_alpha", "j"),
        (NamedVoice("alloy"), "af_alloy", "a"),
        (NamedVoice("narrator"), "narrator", None),
        (NamedVoice("my-voice.v2"), "my-voice.v2", None),
        (NamedVoice("bm_uncle"), "bm_uncle", "b"),
    ],
)
def test_a_voice_is_its_file(folder: Path, voice: Voice | None, file: str, code: str | None) -> None:
    found = voices_in(folder).voice(voice)
    assert found.code == code
    assert found.styles.dtype == torch.float32
    assert np.array_equal(found.styles.numpy(), content(folder / f"{file}.pt"))


def test_every_official_voice_is_found_and_listed(tmp_path: Path) -> None:
    for name in OFFICIAL:
        write_voice(tmp_path / f"{name}.pt")
    voices = voices_in(tmp_path)
    infos = voices.infos()
    assert [info.name for info in infos] == list(OFFICIAL)
    for info in infos:
        assert voices.voice(NamedVoice(info.name)).code == info.name[0]
    for name, official in OPENAI_ALIASES.items():
        assert voices.voice(NamedVoice(name)).code == official[0]


def test_the_list_contains_the_installed_voices_only(folder: Path, tmp_path: Path) -> None:
    infos = {info.name: info for info in voices_in(folder).infos()}
    assert list(infos) == [*INSTALLED, "bm_uncle", "my-voice.v2", "narrator"]
    bella = infos["af_bella"]
    assert (bella.title, bella.languages, bella.gender, bella.kind) == ("Bella", ("en-US",), "female", "voice")
    assert infos["narrator"].title == "your own file"
    (tmp_path / "af_bella.pt").mkdir()
    (tmp_path / "af_sky.txt").write_text("no voice")
    (tmp_path / ".hidden.pt").write_text("no voice")
    (tmp_path / "two words.pt").write_text("no name for a mix")
    assert voices_in(tmp_path).infos() == []
    assert voices_in(tmp_path / "missing").infos() == []


@pytest.mark.linux
def test_links_are_followed(folder: Path, tmp_path: Path) -> None:
    # The hub's cache consists of links; those of an interrupted download are broken.
    (tmp_path / "af_sky.pt").symlink_to(folder / "af_sky.pt")
    (tmp_path / "af_heart.pt").symlink_to(tmp_path / "nowhere")
    assert [info.name for info in voices_in(tmp_path).infos()] == ["af_sky"]
    assert np.array_equal(voices_in(tmp_path).voice(NamedVoice("af_sky")).styles.numpy(), content(folder / "af_sky.pt"))
    with pytest.raises(KokoroVoiceError, match="models pull kokoro --voices af_heart"):
        voices_in(tmp_path).voice(None)


def test_a_users_file_takes_precedence_over_openais_name(tmp_path: Path) -> None:
    write_voice(tmp_path / "af_alloy.pt", seed=1)
    own = write_voice(tmp_path / "alloy.pt", seed=2)
    assert np.array_equal(voices_in(tmp_path).voice(NamedVoice("alloy")).styles.numpy(), content(own))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("af_bela", "no voice 'af_bela'; did you mean 'af_bella'.*voxweft voices -e kokoro"),
        ("bella", "did you mean 'af_bella'"),
        ("AF_BELLA", "did you mean 'af_bella'"),
        ("af_bella.pt", "did you mean 'af_bella'"),
        ("Alloy", "did you mean 'alloy'"),
        ("narator", "did you mean 'narrator'"),
        ("mmmmmmm999", "no voice 'mmmmmmm999'; .*voxweft voices -e kokoro"),
        ("af_bella-af_sky", "to subtract one voice from another, write 'af_bella - af_sky'"),
        ("zf_xiaoyi", "voice 'zf_xiaoyi' isn't in .*voxweft models pull kokoro --voices zf_xiaoyi$"),
        ("onyx", r"voice 'am_onyx' \(for 'onyx'\) isn't in .*pull kokoro --voices am_onyx$"),
    ],
)
def test_a_missing_voice_is_an_error_with_a_fix(folder: Path, name: str, message: str) -> None:
    with pytest.raises(KokoroVoiceError, match=message):
        voices_in(folder).voice(NamedVoice(name))


@pytest.mark.parametrize(
    "name",
    [
        "../outside", "voices/../../outside", "/etc/passwd", "..", ".", "", " af_bella", "af_bella\n", "a/b", "a\\b",
        "C:outside", "outside\0", "~", "-af_bella", "af_bella(2)", "a+b", ".hidden", "two words", "a" * 100_000,
    ],
)  # fmt: skip
def test_a_name_never_leaves_the_folder(tmp_path: Path, name: str) -> None:
    write_voice(tmp_path / "outside.pt")
    write_voice(tmp_path / "voices" / "af_bella.pt")
    write_voice(tmp_path / "voices" / ".hidden.pt")
    write_voice(tmp_path / "voices" / "two words.pt")
    with pytest.raises(KokoroVoiceError, match="invalid voice name"):
        voices_in(tmp_path / "voices").voice(NamedVoice(name))
    with pytest.raises(KokoroVoiceError, match=r"part .* of the voice mix: .*invalid voice name") as caught:
        voices_in(tmp_path / "voices").voice(mix(("af_bella", 1.0), (name, 1.0)))
    assert len(str(caught.value)) < 500


def test_mixes_are_exact(folder: Path) -> None:
    voices = voices_in(folder)
    found = voices.voice(mix(("af_bella", 2.0), ("af_sky", 1.0), ("bf_emma", -0.5)))
    shares = {"af_bella": 0.8, "af_sky": 0.4, "bf_emma": -0.2}
    terms = [share * content(folder / f"{name}.pt").astype(np.float64) for name, share in shares.items()]
    sums = [((a + b) + c).astype(np.float32) for a, b, c in itertools.permutations(terms)]
    assert any(np.array_equal(found.styles.numpy(), exact) for exact in sums)
    two = voices.voice(mix(("af_bella", 2.0), ("af_sky", -0.5))).styles.numpy()
    bella, sky = (content(folder / f"{name}.pt").astype(np.float64) for name in ("af_bella", "af_sky"))
    assert np.array_equal(two, (2 / 1.5 * bella + -0.5 / 1.5 * sky).astype(np.float32))
    assert found.styles.shape == (510, 1, 256)
    assert found.code == "a"


def test_equal_mixes_have_equal_bits_in_any_order_and_with_any_names(folder: Path, tmp_path: Path) -> None:
    parts = [("af_bella", 0.7), ("af_sky", 0.2), ("bf_emma", 0.1)]
    first = voices_in(folder).voice(mix(*parts)).styles
    scaled = [(name, weight * 10) for name, weight in reversed(parts)]
    scaled = [(name, round(weight, 6)) for name, weight in scaled]
    assert torch.equal(voices_in(folder).voice(mix(*scaled)).styles, first)
    assert torch.equal(voices_in(folder).voice(mix(*parts[1:], ("af_bella", 0.3), ("af_bella", 0.4))).styles, first)
    for name, renamed in (("af_bella", "z"), ("af_sky", "y"), ("bf_emma", "x")):
        (tmp_path / f"{renamed}.pt").write_bytes((folder / f"{name}.pt").read_bytes())
    assert torch.equal(voices_in(tmp_path).voice(mix(("z", 7.0), ("y", 2.0), ("x", 1.0))).styles, first)


def test_a_mix_of_one_voice_equals_the_voice(folder: Path) -> None:
    voices = voices_in(folder)
    assert torch.equal(voices.voice(mix(("af_sky", 0.3))).styles, voices.voice(NamedVoice("af_sky")).styles)
    assert torch.equal(
        voices.voice(mix(("alloy", 1.0), ("af_alloy", 2.0))).styles, voices.voice(NamedVoice("alloy")).styles
    )


@pytest.mark.parametrize(
    ("voice", "code"),
    [
        (mix(("af_bella", 1.0), ("bf_emma", 2.0)), "b"),
        (mix(("bf_emma", 1.0), ("af_bella", 1.0)), "a"),  # among equal shares the first by name
        (mix(("bf_emma", 1.0), ("jf_alpha", -0.9)), "b"),
        (mix(("narrator", 2.0), ("af_bella", 1.0)), None),
        (mix(("af_bella", 1.0), ("bf_emma", 0.6), ("af_bella", -0.5)), "b"),
    ],
)
def test_the_largest_part_decides_the_language_of_a_mix(folder: Path, voice: MixedVoice, code: str | None) -> None:
    assert voices_in(folder).voice(voice).code == code


@pytest.mark.parametrize(
    ("voice", "message"),
    [
        (mix(("af_bella", 1.0), ("af_skye", 1.0)), r"part 'af_skye' of the voice mix: .*did you mean 'af_sky'"),
        (mix(("af_bella", 1.0), ("am_onyx", 1.0)), r"part 'am_onyx' of the voice mix: .*--voices am_onyx"),
        (mix(("af_bella", 1.0), ("af_sky", -1.0)), "sum of the weights"),
        (mix(("af_bella", 1.0), ("af_sky", -2.0)), "must be more than 0"),
        (mix(), "sum of the weights"),
        (mix(("af_bella", 1.0), ("af_sky", float("nan"))), "weight of voice 'af_sky' is nan"),
        (mix(("af_bella", 1e100), ("af_sky", -9.999999999999999e99)), None),
        (mix(("af_bella", 1e300), ("af_sky", -1e300), ("bf_emma", 1e250)), "nearly cancel"),
    ],
)
def test_invalid_mixes_are_rejected(folder: Path, voice: MixedVoice, message: str | None) -> None:
    if message is None:
        assert bool(torch.isfinite(voices_in(folder).voice(voice).styles).all())
        return
    with pytest.raises(KokoroVoiceError, match=message):
        voices_in(folder).voice(voice)


def test_an_invalid_file_is_named_even_in_a_mix(tmp_path: Path) -> None:
    write_voice(tmp_path / "af_bella.pt")
    torch.save(torch.zeros(511, 1, 256), tmp_path / "wrong.pt")
    with pytest.raises(KokoroVoiceError, match=r"wrong\.pt isn't a voice: its shape is \[511, 1, 256\]"):
        voices_in(tmp_path).voice(NamedVoice("wrong"))
    with pytest.raises(KokoroVoiceError, match=r"part 'wrong' of the voice mix: .*wrong\.pt isn't a voice"):
        voices_in(tmp_path).voice(mix(("af_bella", 1.0), ("wrong", 1.0)))


@pytest.mark.linux  # sparse files only there
def test_a_huge_file_is_rejected_without_reading_it_all(tmp_path: Path) -> None:
    with (tmp_path / "huge.pt").open("wb") as handle:
        handle.truncate(1 << 40)
    with pytest.raises(KokoroVoiceError, match=r"huge\.pt isn't a voice: maximum size 4 MiB"):
        voices_in(tmp_path).voice(NamedVoice("huge"))


def test_a_replaced_file_is_read_again(tmp_path: Path) -> None:
    path = write_voice(tmp_path / "af_heart.pt", seed=1)
    write_voice(tmp_path / "af_sky.pt", seed=2)
    voices = voices_in(tmp_path)
    half = mix(("af_heart", 1.0), ("af_sky", 1.0))
    first, mixed = voices.voice(None).styles, voices.voice(half).styles
    assert voices.voice(None).styles is first
    assert voices.voice(half).styles is mixed
    # With the size and the time of the old file, as some tools copy.
    state = path.stat()
    new = write_voice(tmp_path / "new" / path.name, seed=3)
    os.utime(new, ns=(state.st_atime_ns, state.st_mtime_ns))
    new.replace(path)
    assert path.stat().st_size == state.st_size
    assert np.array_equal(voices.voice(None).styles.numpy(), content(path))
    assert not torch.equal(voices.voice(None).styles, first)
    assert not torch.equal(voices.voice(half).styles, mixed)
    # Written in place.
    torch.save(torch.ones(510, 1, 256), path)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    assert torch.equal(voices.voice(None).styles, torch.ones(510, 1, 256))
    path.unlink()
    with pytest.raises(KokoroVoiceError, match="models pull kokoro --voices af_heart"):
        voices.voice(None)


def test_the_number_of_cached_mixes_is_bounded(folder: Path) -> None:
    voices = voices_in(folder)
    tables = [voices.voice(mix(("af_bella", 1.0), ("af_sky", float(weight)))).styles for weight in range(1, 40)]
    again = [voices.voice(mix(("af_bella", 1.0), ("af_sky", float(weight)))).styles for weight in range(1, 40)]
    assert sum(one is other for one, other in zip(tables, again, strict=True)) < 20
    assert all(torch.equal(one, other) for one, other in zip(tables, again, strict=True))


def test_a_voice_tensor_is_loaded_by_digest(folder: Path) -> None:
    store = BlobStore()
    digest = store.put((folder / "narrator.pt").read_bytes())
    wrong = store.put(b"no tensor")

    def blob(wanted: str) -> Blob:
        found = store.get(wanted)
        if found is None:
            raise KeyError(wanted)
        return found

    voices = voices_in(folder, blob)
    found = voices.voice(TensorVoice(digest))
    assert found.code is None
    assert np.array_equal(found.styles.numpy(), content(folder / "narrator.pt"))
    assert voices.voice(TensorVoice(digest)).styles is found.styles
    with pytest.raises(KokoroVoiceError, match=f"the voice tensor {wrong} isn't a voice"):
        voices.voice(TensorVoice(wrong))
    with pytest.raises(KokoroVoiceError, match="the voice tensor 00 is no longer available"):
        voices.voice(TensorVoice("00"))


def test_a_reference_recording_is_rejected(folder: Path) -> None:
    with pytest.raises(KokoroVoiceError, match="can't clone a recording"):
        voices_in(folder).voice(ReferenceVoice("00", "words"))


def test_the_style_for_a_length(folder: Path) -> None:
    voices = voices_in(folder)
    styles = voices.voice(NamedVoice("af_sky")).styles
    for n_symbols in (1, 2, 510):
        style = voices.style(NamedVoice("af_sky"), n_symbols)
        assert style.shape == (1, 256)
        assert torch.equal(style, styles[n_symbols - 1])
    assert torch.equal(KokoroVoice(styles, "a").style(7), voices.style(KokoroVoice(styles, "a"), 7))
    for n_symbols in (0, -1, 511):
        with pytest.raises(ValueError, match=f"no style for {n_symbols}"):
            voices.style(None, n_symbols)
