"""A voice's numbers: one style vector for each length of text."""

from __future__ import annotations

import io
import zipfile

import torch

from .common.errors import VoiceError

MAX_FILE_BYTES = 4 << 20
"""An official voice has 0.5 MiB, in double precision it would have 1 MiB."""

SHAPE = (510, 1, 256)
"""Style vectors for 1 to 510 symbols."""


def read_pack(data: bytes, source: str) -> torch.Tensor:
    """Return the tensor in a file's bytes: float32 `[510, 1, 256]` on the CPU, finite.

    VoiceError begins with `source` and says what is wrong. Nothing in the file is run, and nothing in it makes more
    memory be taken than `MAX_FILE_BYTES`.
    """
    if len(data) > MAX_FILE_BYTES:
        raise VoiceError(f"{source} has more than {MAX_FILE_BYTES} bytes; a voice has about half a megabyte")
    _check_archive(data, source)
    try:
        loaded = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # a file that is made up or damaged can fail anywhere in torch, with any error
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise VoiceError(f"{source} isn't a voice: torch can't read a tensor from it ({reason[:200]})") from error
    return _check_tensor(loaded, source)


def _check_archive(data: bytes, source: str) -> None:
    """Refuse what torch would read without noticing: damaged content, and small files that grow when unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            stored = all(member.compress_type == zipfile.ZIP_STORED for member in members)
            if not stored or sum(member.file_size for member in members) > MAX_FILE_BYTES:
                raise VoiceError(f"{source} isn't a voice: it is a compressed archive; save the tensor with torch.save")
            damaged = archive.testzip()
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, VoiceError):
            raise
        raise VoiceError(f"{source} isn't a voice, or is damaged: torch.save didn't write it like this") from error
    if damaged is not None:
        raise VoiceError(f"{source} is damaged (the checksum of '{damaged}' is wrong): get it again")


def _check_tensor(loaded: object, source: str) -> torch.Tensor:
    if not isinstance(loaded, torch.Tensor):
        raise VoiceError(f"{source} isn't a voice: it holds a {type(loaded).__name__}, not a tensor")
    if tuple(loaded.shape) != SHAPE:
        raise VoiceError(f"{source} isn't a voice: its shape is {list(loaded.shape)}, not {list(SHAPE)}")
    if loaded.layout != torch.strided or loaded.device.type != "cpu" or not loaded.is_floating_point():
        raise VoiceError(f"{source} isn't a voice: it holds {loaded.dtype} ({loaded.layout}), not plain real numbers")
    pack = loaded.detach().to(torch.float32).contiguous()
    if not bool(torch.isfinite(pack).all()):
        raise VoiceError(f"{source} isn't a voice: some of its numbers aren't finite")
    return pack
