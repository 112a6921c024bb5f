"""The voice library: folders of recordings, transcripts and presets."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from ...utils.atomic_file import atomic_output
from ...utils.names import name_key
from ...utils.streaming.loading.loaded_model import NOTES
from ...utils.suggestions import did_you_mean
from ..errors import UnknownVoiceError, VoiceLibraryError
from .cast_file import as_cast_speaker
from .recording import MAX_TRANSCRIPT_BYTES, SUFFIXES, VoiceRecording, read_recording
from .speaker import LIBRARY_PREFIX
from .yaml_json import MAX_BYTES, read_plain

PRESET_SUFFIXES = (".yaml", ".yml", ".json")
_NOT_IN_PRESETS = ("aliases",)
_notes = logging.getLogger(NOTES)


class LibraryVoice(msgspec.Struct, frozen=True, kw_only=True):
    """A voice of the library, with its files. `fields` are those of its preset, as a cast's speaker has them."""

    name: str
    folder: Path
    recording: Path | None = None
    transcript: Path | None = None
    preset: Path | None = None
    fields: Mapping[str, object] = {}


class BrokenVoice(msgspec.Struct, frozen=True, kw_only=True):
    """A voice that is skipped, and why."""

    name: str
    folder: Path
    reason: str


class VoiceLibrary:
    """The voices in folders. Where two folders have a voice of the same name, the first one takes precedence.

    - `alice.wav` (or mp3, flac, ogg, m4a) is a recording, `alice.txt` its transcript. It takes precedence over what a
      recognizer hears.
    - `alice.yaml` (or json) is a preset: engine, model, voice, language, speed, seed, params, gain_db as in a cast.
    - A recording and a preset of the same name are a recording with settings. `language` is also that of the recording.

    Case, width and spaces in names don't count. Other files are ignored. Files are read when they are needed.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)

    def find(self, name: str) -> LibraryVoice:
        """Return a voice with its preset. UnknownVoiceError if there is none, VoiceLibraryError if it is broken."""
        files = dict(self._files())
        found = files.get(name_key(name))
        if found is None:
            known = sorted(paths[0].stem for paths in files.values())
            where = ", ".join(map(str, self.folders))
            if not known:
                library = f"the voice library ({where})" if where else "the voice library"
                fix = "set VOXWEFT_VOICES to a folder with your voices"
                raise UnknownVoiceError(f"unknown voice '{name}': {library} is empty; {fix}")
            raise UnknownVoiceError(f"unknown voice '{name}' in the library ({where}){did_you_mean(name, known)}")
        return _voice(found)

    def recording(self, name: str) -> VoiceRecording:
        """Return the recording of a voice. VoiceLibraryError if it has none, or it can't be used; see `find`, too."""
        voice = self.find(name)
        if voice.recording is None:
            raise VoiceLibraryError(
                f"'{voice.name}' in the library is a preset without a recording; use it as `preset` in a cast"
            )
        try:
            recording = read_recording(voice.recording, voice.transcript)
        except VoiceLibraryError as error:
            raise VoiceLibraryError(f"voice '{voice.name}' in the library can't be used: {error}") from None
        language = voice.fields.get("language")
        return msgspec.structs.replace(recording, language=str(language)) if language else recording

    def write_transcript(self, name: str, text: str) -> Path:
        """Write the transcript of a voice next to its recording, and return the file.

        Raises:
            UnknownVoiceError, VoiceLibraryError: As in `recording`; also for a text that is empty or too long, and for
                a transcript that is a symbolic link.
            OSError: The file can't be written.
        """
        voice = self.find(name)
        words = " ".join(text.split())
        if voice.recording is None:
            raise VoiceLibraryError(f"'{voice.name}' in the library is a preset without a recording")
        if not words or len(words.encode()) > MAX_TRANSCRIPT_BYTES:
            limit = f"maximum {MAX_TRANSCRIPT_BYTES >> 10} KiB"
            raise VoiceLibraryError(f"the transcript is {'too long' if words else 'empty'}; give its words ({limit})")
        file = voice.transcript or voice.recording.with_suffix(".txt")
        if file.is_symlink():  # It would replace a file outside the library, whatever that is.
            raise VoiceLibraryError(f"{file.name} is a link to {file.readlink()}; replace the link with a file")
        with atomic_output(file) as output:
            output.write(f"{words}\n".encode())
        return file

    def read(self) -> tuple[list[LibraryVoice], list[BrokenVoice]]:
        """Return all voices, with every file checked, and the broken ones, each of which is logged as a warning."""
        voices: list[LibraryVoice] = []
        broken: list[BrokenVoice] = []
        for _, paths in sorted(self._files()):
            try:
                voice = _voice(paths)
                if voice.recording is not None:
                    read_recording(voice.recording, voice.transcript)
                voices.append(voice)
            except ValueError as error:
                _notes.warning("voice skipped: %s", error)
                broken.append(BrokenVoice(name=paths[0].stem, folder=paths[0].parent, reason=str(error)))
        return voices, broken

    def names(self) -> list[str]:
        """Return the names of all voices, without reading their files."""
        return [_name(paths) for _, paths in self._files()]

    def recordings(self) -> list[str]:
        """Return the names of the voices with a recording, without reading it."""
        return [_name(paths) for _, paths in self._files() if any(path.suffix.lower() in SUFFIXES for path in paths)]

    def presets(self) -> dict[str, Mapping[str, object]]:
        """Return the fields that `preset: NAME` adds to a cast's speaker: of readable presets, and of recordings."""
        found: dict[str, Mapping[str, object]] = {}
        for _, paths in self._files():
            try:
                voice = _voice(paths)
            except ValueError as error:
                _notes.warning("voice skipped: %s", error)
                continue
            recording = {"voice": LIBRARY_PREFIX + voice.name} if voice.recording is not None else {}
            found[voice.name] = {**voice.fields, **recording}
        return found

    def _files(self) -> Iterator[tuple[str, list[Path]]]:
        """Yield the files of each voice, by the key of its name."""
        found: dict[str, list[Path]] = {}
        for folder in self.folders:
            in_folder: dict[str, list[Path]] = {}
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                if path.suffix.lower() in (*SUFFIXES, *PRESET_SUFFIXES, ".txt") and not path.name.startswith("."):
                    in_folder.setdefault(name_key(path.stem), []).append(path)
            for key, paths in in_folder.items():
                # A text file alone isn't a voice.
                if key and any(path.suffix.lower() != ".txt" for path in paths):
                    found.setdefault(key, paths)
        yield from found.items()


def _name(paths: Sequence[Path]) -> str:
    """Return the name of a voice: its recording's, else its preset's."""
    for suffixes in (SUFFIXES, PRESET_SUFFIXES):
        for path in paths:
            if path.suffix.lower() in suffixes:
                return path.stem
    return paths[0].stem


def _voice(paths: Sequence[Path]) -> LibraryVoice:
    recording = _single(paths, SUFFIXES)
    preset = _single(paths, PRESET_SUFFIXES)
    fields: Mapping[str, object] = {}
    if preset is not None:
        fields = _read_preset(preset)
        if recording is not None and fields.get("voice") is not None:
            raise VoiceLibraryError(f"{preset.name} names a voice, but {recording.name} is the voice; remove `voice`")
    return LibraryVoice(
        name=_name(paths),
        folder=paths[0].parent,
        recording=recording,
        transcript=_single(paths, (".txt",)),
        preset=preset,
        fields=fields,
    )


def _single(paths: Sequence[Path], suffixes: Sequence[str]) -> Path | None:
    found = [path for path in paths if path.suffix.lower() in suffixes]
    if len(found) > 1:
        raise VoiceLibraryError(f"{found[0].name} and {found[1].name} have the same name; remove one")
    return found[0] if found else None


def _read_preset(file: Path) -> Mapping[str, object]:
    try:
        with file.open("rb") as stream:
            content = read_plain(stream.read(MAX_BYTES + 1), file.name)
    except OSError as error:
        raise VoiceLibraryError(f"{file.name} can't be read: {error.strerror}") from None
    if not isinstance(content, dict):
        raise VoiceLibraryError(f"{file.name} is not a preset; it needs keys such as `engine:` or `voice:`")
    for key in _NOT_IN_PRESETS:
        if key in content:
            raise VoiceLibraryError(f"{file.name}: {key} isn't allowed in a preset; put it into the cast")
    as_cast_speaker(file.stem, content, file.name)
    return content
