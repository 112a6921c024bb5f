"""A folder of voices: recordings with their transcripts, and presets."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from ...utils.names import name_key
from ...utils.streaming.loading.loaded_model import NOTES
from ...utils.suggestions import did_you_mean
from ..errors import UnknownVoiceError, VoiceLibraryError
from .cast_file import as_member
from .recording import SUFFIXES, VoiceRecording, read_recording
from .speaker import LIBRARY_PREFIX
from .yaml_json import MAX_BYTES, read_plain

PRESET_SUFFIXES = (".yaml", ".yml", ".json")
_NOT_IN_PRESETS = ("aliases",)
_notes = logging.getLogger(NOTES)


class LibraryVoice(msgspec.Struct, frozen=True, kw_only=True):
    """A voice of the library: the files that it is made of. `fields` are a member's of a cast, if it has a preset."""

    name: str
    folder: Path
    recording: Path | None = None
    transcript: Path | None = None
    preset: Path | None = None
    fields: Mapping[str, object] = {}


class BrokenVoice(msgspec.Struct, frozen=True, kw_only=True):
    """A voice that is left out, and why."""

    name: str
    folder: Path
    reason: str


class VoiceLibrary:
    """The voices in folders, the first of a name being the one. Files are looked at when they are asked for.

    `alice.wav` (or mp3, flac, ogg, m4a) with `alice.txt` is a recording; `alice.yaml` (or json) is a preset: engine,
    model, voice, language, speed, seed, params and gain_db as in a cast. Both together are a recording with settings.
    Names are the same in any case and width and with any spaces; other files are left alone.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)

    def find(self, name: str) -> LibraryVoice:
        """Return a voice, its preset read. VoiceLibraryError if there is none of that name, or it is broken."""
        files = dict(self._files())
        found = files.get(name_key(name))
        if found is None:
            known = sorted(paths[0].stem for paths in files.values())
            hint = did_you_mean(name, known, none="it has no voices")
            where = ", ".join(map(str, self.folders)) or "VOXWEFT_VOICES isn't set"
            raise UnknownVoiceError(f"there is no voice '{name}' in the library ({where}){hint}")
        return _voice(found)

    def recording(self, name: str) -> VoiceRecording:
        """Return the recording of a voice. VoiceLibraryError if it has none, or none that can be used."""
        voice = self.find(name)
        if voice.recording is None:
            raise VoiceLibraryError(
                f"'{voice.name}' of the library is a preset without a recording: use it as a preset"
            )
        try:
            return read_recording(voice.recording, voice.transcript)
        except VoiceLibraryError as error:
            raise VoiceLibraryError(f"voice '{voice.name}' of the library can't be used: {error}") from None

    def read(self) -> tuple[list[LibraryVoice], list[BrokenVoice]]:
        """Return all voices, every file looked at, and those that are left out, each of which is warned of."""
        voices: list[LibraryVoice] = []
        broken: list[BrokenVoice] = []
        for _, paths in sorted(self._files()):
            try:
                voice = _voice(paths)
                if voice.recording is not None:
                    read_recording(voice.recording, voice.transcript)
                voices.append(voice)
            except ValueError as error:
                left_out = BrokenVoice(name=paths[0].stem, folder=paths[0].parent, reason=str(error))
                _notes.warning("a voice of the library is left out: %s", left_out.reason)
                broken.append(left_out)
        return voices, broken

    def names(self) -> list[str]:
        """Return what its voices are called, without looking into their files."""
        return [_name(paths) for _, paths in self._files()]

    def recordings(self) -> list[str]:
        """Return what those are called that have a recording, without looking into it."""
        return [_name(paths) for _, paths in self._files() if any(path.suffix.lower() in SUFFIXES for path in paths)]

    def presets(self) -> dict[str, Mapping[str, object]]:
        """Return what a cast's members may build on: the presets that can be read, and the recordings."""
        found: dict[str, Mapping[str, object]] = {}
        for _, paths in self._files():
            try:
                voice = _voice(paths)
            except ValueError as error:
                _notes.warning("a voice of the library is left out: %s", error)
                continue
            own = {"voice": LIBRARY_PREFIX + voice.name} if voice.recording is not None else {}
            found[voice.name] = {**voice.fields, **own}
        return found

    def _files(self) -> Iterator[tuple[str, list[Path]]]:
        """Yield the files that make up each voice, by the key of its name."""
        found: dict[str, list[Path]] = {}
        for folder in self.folders:
            here: dict[str, list[Path]] = {}
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                if path.suffix.lower() in (*SUFFIXES, *PRESET_SUFFIXES, ".txt") and not path.name.startswith("."):
                    here.setdefault(name_key(path.stem), []).append(path)
            for key, paths in here.items():
                # A text alone is no voice, but whatever else somebody keeps there.
                if key and any(path.suffix.lower() != ".txt" for path in paths):
                    found.setdefault(key, paths)
        yield from found.items()


def _name(paths: Sequence[Path]) -> str:
    """Return what a voice is called: as its recording is, or else its preset."""
    for suffixes in (SUFFIXES, PRESET_SUFFIXES):
        for path in paths:
            if path.suffix.lower() in suffixes:
                return path.stem
    return paths[0].stem


def _voice(paths: Sequence[Path]) -> LibraryVoice:
    recording = _one(paths, SUFFIXES)
    preset = _one(paths, PRESET_SUFFIXES)
    fields: Mapping[str, object] = {}
    if preset is not None:
        fields = _read_preset(preset)
        if recording is not None and fields.get("voice") is not None:
            raise VoiceLibraryError(f"{preset.name}: it names a voice, but {recording.name} beside it is one")
    return LibraryVoice(
        name=_name(paths),
        folder=paths[0].parent,
        recording=recording,
        transcript=_one(paths, (".txt",)),
        preset=preset,
        fields=fields,
    )


def _one(paths: Sequence[Path], suffixes: Sequence[str]) -> Path | None:
    found = [path for path in paths if path.suffix.lower() in suffixes]
    if len(found) > 1:
        raise VoiceLibraryError(f"{found[0].name} and {found[1].name} have the same name; keep one")
    return found[0] if found else None


def _read_preset(file: Path) -> Mapping[str, object]:
    try:
        with file.open("rb") as stream:
            content = read_plain(stream.read(MAX_BYTES + 1), file.name)
    except OSError as error:
        raise VoiceLibraryError(f"{file.name} can't be read: {error.strerror}") from None
    if not isinstance(content, dict):
        raise VoiceLibraryError(f"{file.name}: it holds no preset; `engine:` or `voice:` would begin one")
    for key in _NOT_IN_PRESETS:
        if key in content:
            raise VoiceLibraryError(f"{file.name}: a preset has no {key}; a member of a cast has")
    as_member(file.stem, content, file.name)
    return content
