"""From a voice as users write it to one that engines take."""

from __future__ import annotations

from pathlib import Path

from ...utils.streaming import ReferenceVoice, TensorVoice, Voice
from ...utils.streaming.contract.engine_spec import Capability, EngineSpec
from ...utils.streaming.contract.registry import EngineRegistry
from ...utils.streaming.worker.blobs import BlobStore
from .cast import named_voice
from .library import PREFIX, VoiceLibrary
from .recording import SUFFIXES, Recording, read_recording

MAX_TENSOR_BYTES = 4 << 20
_ZIP = b"PK\x03\x04"
"""What torch.save writes begins so. What is in it is for the worker to look at."""
_IMITATE: tuple[Capability, str] = ("reference", "imitate a recording")


class VoiceFinder:
    """Makes voices of text: names, mixes, `library:NAME`, and files, these relative to `folder`.

    Without a folder no text leads to a file: so it has to be where the text came with a request. The content of
    recordings and voice files goes to `blobs`, and is what counts for the cache: not its name, nor its place.
    """

    def __init__(
        self, blobs: BlobStore, registry: EngineRegistry, library: VoiceLibrary, folder: Path | None = None
    ) -> None:
        self._blobs = blobs
        self._registry = registry
        self._library = library
        self._folder = folder

    def __call__(self, text: str, spec: EngineSpec) -> Voice:
        """Return the voice. ValueError if there is none such, or the engine can't speak with it; OSError for files."""
        if text.startswith(PREFIX):
            self._check(spec, *_IMITATE)
            return self._reference(self._library.recording(text.removeprefix(PREFIX)))
        if self._folder is not None:
            suffix = Path(text).suffix.lower()
            if suffix == ".pt":
                self._check(spec, "mix", "speak with a voice file (.pt)")
                return self._tensor(self._folder / Path(text).expanduser())
            if suffix in SUFFIXES:
                self._check(spec, *_IMITATE)
                file = self._folder / Path(text).expanduser()
                said = file.with_suffix(".txt")
                return self._reference(read_recording(file, said if said.is_file() else None))
        return named_voice(text, spec)

    def _check(self, spec: EngineSpec, capability: Capability, what: str) -> None:
        if spec.can(capability):
            return
        others = [other.name for other in self._registry.specs.values() if other.can(capability)]
        those = f"these can: {', '.join(sorted(others))}" if others else "no engine here can"
        raise ValueError(f"engine '{spec.name}' can't {what}; {those}")

    def _reference(self, recording: Recording) -> ReferenceVoice:
        digest = self._blobs.put(recording.samples.tobytes(), recording.sample_rate)
        return ReferenceVoice(digest, recording.transcript)

    def _tensor(self, file: Path) -> TensorVoice:
        if not file.is_file():
            raise ValueError(f"there is no voice file {file}")
        with file.open("rb") as stream:
            data = stream.read(MAX_TENSOR_BYTES + 1)
        if len(data) > MAX_TENSOR_BYTES:
            raise ValueError(f"{file}: a voice is no larger than {MAX_TENSOR_BYTES >> 20} MiB")
        if not data.startswith(_ZIP):
            raise ValueError(f"{file} is no voice file: torch.save writes others")
        return TensorVoice(self._blobs.put(data))
