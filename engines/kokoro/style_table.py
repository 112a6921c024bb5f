"""A voice's style table: one style vector for each length of text."""

from __future__ import annotations

import io
import zipfile

import torch

from .common.errors import KokoroVoiceError

MAX_FILE_BYTES = 4 << 20
"""Maximum size; an official voice has 0.5 MiB."""

SHAPE = (510, 1, 256)
"""Style vectors for 1 to 510 symbols."""


def read_style_table(data: bytes, source: str) -> torch.Tensor:
    """Read a style table from a file's bytes, without executing anything or allocating more than `MAX_FILE_BYTES`.

    Returns:
        The styles, float32 `[510, 1, 256]` on the CPU, finite.

    Raises:
        KokoroVoiceError: The data isn't a voice, or is damaged; the message begins with `source`.
    """
    if len(data) > MAX_FILE_BYTES:
        raise KokoroVoiceError(f"{source} isn't a voice: maximum size {MAX_FILE_BYTES >> 20} MiB")
    _check_archive(data, source)
    try:
        loaded = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # torch can raise anything for a damaged or hostile file
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise KokoroVoiceError(f"{source} isn't a voice: torch can't read a tensor from it ({reason[:200]})") from error
    return _check_tensor(loaded, source)


def _check_archive(data: bytes, source: str) -> None:
    """Reject damaged content and compressed files, which torch would accept."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            stored = all(member.compress_type == zipfile.ZIP_STORED for member in members)
            if not stored or sum(member.file_size for member in members) > MAX_FILE_BYTES:
                raise KokoroVoiceError(
                    f"{source} isn't a voice: it is a compressed archive; save the tensor with torch.save"
                )
            damaged = archive.testzip()
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, KokoroVoiceError):
            raise
        raise KokoroVoiceError(
            f"{source} isn't a voice written by torch.save, or is damaged; download it again"
        ) from error
    if damaged is not None:
        raise KokoroVoiceError(f"{source} is damaged (wrong checksum of '{damaged}'); download it again")


def _check_tensor(loaded: object, source: str) -> torch.Tensor:
    if not isinstance(loaded, torch.Tensor):
        raise KokoroVoiceError(f"{source} isn't a voice: it holds a {type(loaded).__name__}, not a tensor")
    if tuple(loaded.shape) != SHAPE:
        raise KokoroVoiceError(f"{source} isn't a voice: its shape is {list(loaded.shape)}, not {list(SHAPE)}")
    if loaded.layout != torch.strided or loaded.device.type != "cpu" or not loaded.is_floating_point():
        raise KokoroVoiceError(
            f"{source} isn't a voice: it holds {loaded.dtype} ({loaded.layout}), not dense real numbers"
        )
    styles = loaded.detach().to(torch.float32).contiguous()
    if not bool(torch.isfinite(styles).all()):
        raise KokoroVoiceError(f"{source} isn't a voice: it contains numbers that aren't finite")
    return styles
