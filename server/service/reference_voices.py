"""Recordings for voice cloning: the user's library, and uploads from clients where the server allows them."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import msgspec

from ...jobs.errors import VoiceLibraryError
from ...jobs.voices import VoiceLibrary, VoiceRecording, VoiceResolver
from ...jobs.voices.faults import faults_of
from ...jobs.voices.prepared_voice import SpeakerVoice
from ...jobs.voices.recording import MAX_FILE_BYTES, MAX_TRANSCRIPT_BYTES, read_recording, read_transcript
from ...jobs.voices.speaker import LIBRARY_PREFIX
from ...media.audio.encode import AudioEncoder
from ...media.audio.speech_activity import find_speech
from ...utils.atomic_file import atomic_output
from ...utils.names import name_key
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.runtime import Runtime
from ...utils.suggestions import did_you_mean
from .errors import ApiError, bad_request

MAX_BYTES = MAX_FILE_BYTES
MAX_VOICES = 1000
_NAME = re.compile(r"\w(?:[\w -]{0,62}\w)?")
"""The stem of a file: no dots and no path separators."""
_DEVICE_NAMES = re.compile(r"(?i)con|prn|aux|nul|(?:com|lpt)\d")
"""Names that Windows reserves for devices in every folder."""
_MAX_NAME_BYTES = 200
_SUFFIX = ".flac"


class AddedVoice(msgspec.Struct, frozen=True, kw_only=True):
    """An uploaded recording as it was stored."""

    name: str
    duration_s: float
    sample_rate: int
    transcript: str | None
    notes: tuple[str, ...] = ()
    """Faults of the recording that make the voice worse."""

    @property
    def id(self) -> str:
        """The value for the field `voice`."""
        return LIBRARY_PREFIX + self.name


class ReferenceVoices:
    """The recordings of the library and of clients.

    Every method reads the disk or decodes audio, so call it in a thread; run one change at a time. Uploads are stored
    as re-encoded audio, never as the bytes that were sent.

    Args:
        runtime: Provides the library's folders and the store for recordings.
        uploads: The folder for uploads, created if it is missing; None disables changes by clients.
    """

    def __init__(self, runtime: Runtime, uploads: Path | None) -> None:
        if uploads is not None:
            uploads.mkdir(parents=True, exist_ok=True)
        self._uploads = uploads
        upload_folders = () if uploads is None else (uploads,)
        self._library = VoiceLibrary((*upload_folders, *runtime.settings.voice_folders))
        self.resolver = VoiceResolver.of(runtime, library=self._library)
        """Resolves names of voices. It never resolves paths, because no folder is set."""

    def names(self) -> list[str]:
        """Return the recordings' names, without the prefix `library:`."""
        return self._library.recordings()

    def transcripts(self) -> dict[str, str | None]:
        """Return the recordings' names, without the prefix, with their transcripts: None for one without."""
        return {name: self.transcript(name) for name in self.names()}

    def transcript(self, name: str) -> str | None:
        """Return the transcript of a recording, by its exact name; None if it has none that can be read."""
        with contextlib.suppress(ValueError, OSError):
            file = self._library.find(name).transcript
            return None if file is None else read_transcript(file)
        return None

    def voice(self, name: str, spec: EngineSpec) -> tuple[SpeakerVoice | None, str]:
        """Return the voice of a recording, by its name without the prefix, and its exact name.

        Raises:
            ApiError: 400 if the recording is missing or unusable, or the engine doesn't support recordings.
        """
        exact_name = self._resolve(name) if spec.can("reference") else name
        try:
            return self.resolver.voice(LIBRARY_PREFIX + exact_name, spec), exact_name
        except ValueError as error:
            raise bad_request(str(error), "voice", "unusable_voice") from None

    def resolve_name(self, name: str) -> str:
        """Return a recording's exact name, given a name with or without the prefix.

        Raises:
            ApiError: 404 for an unknown recording.
        """
        return self._resolve(name.removeprefix(LIBRARY_PREFIX), status=404)

    def add(self, name: str, file: Path, transcript: str) -> AddedVoice:
        """Store a recording with its transcript.

        Raises:
            ApiError: 400 for an invalid name, transcript or recording, 409 for a name that exists or too many voices,
                403 if uploads are disabled.
        """
        folder = self.uploads_folder()
        name = _checked_name(name)
        transcript = _checked_transcript(transcript)
        try:
            recording = read_recording(file)
        except VoiceLibraryError as error:
            # The message starts with the temporary file's name, with or without quotes.
            reason = str(error).replace(f"'{file.name}'", file.name, 1).removeprefix(f"{file.name}: ")
            raise bad_request(f"the {reason}", "audio_sample", "bad_recording") from None
        known = self._library.names()
        namesake = next((one for one in known if name_key(one) == name_key(name)), None)
        if namesake is not None:
            message = f"voice '{namesake}' already exists; delete it first"
            raise ApiError(409, message, code="voice_exists", param="name")
        if len(known) >= MAX_VOICES:
            raise ApiError(409, f"maximum {MAX_VOICES} voices; delete one first", code="too_many_voices")
        _write(folder / name, recording, transcript)
        return AddedVoice(
            name=name,
            duration_s=recording.duration_s,
            sample_rate=recording.sample_rate,
            transcript=transcript or None,
            notes=tuple(faults_of(recording.samples, find_speech(recording.samples, recording.sample_rate))),
        )

    def remove(self, name: str) -> str:
        """Delete an uploaded recording, by its name with or without the prefix, and return its exact name.

        Raises:
            ApiError: 404 for an unknown recording, 403 for one that wasn't uploaded.
        """
        folder = self.uploads_folder()
        exact_name = self.resolve_name(name)
        voice = self._library.find(exact_name)
        if voice.folder != folder or voice.recording is None:
            raise ApiError(
                403, f"'{exact_name}' wasn't uploaded through the API; delete its file on the server", code="not_yours"
            )
        # The audio goes first: a transcript alone is not a voice.
        voice.recording.unlink(missing_ok=True)
        if voice.transcript is not None:
            voice.transcript.unlink(missing_ok=True)
        return exact_name

    def uploads_folder(self) -> Path:
        """Return the folder for uploads.

        Raises:
            ApiError: 403 if uploads are disabled.
        """
        if self._uploads is None:
            raise ApiError(
                403,
                "voice uploads are disabled; start the server with --voice-uploads FOLDER to enable them",
                code="uploads_disabled",
            )
        return self._uploads

    def _resolve(self, name: str, status: int = 400) -> str:
        names = self.names()
        exact_name = next((known for known in names if name_key(known) == name_key(name)), None)
        if exact_name is None:
            # Not the library's error, whose message reveals folders of the server.
            hint = did_you_mean(
                LIBRARY_PREFIX + name, [LIBRARY_PREFIX + known for known in names], none="the library is empty"
            )
            raise ApiError(status, f"unknown recording '{name[:100]}'{hint}", code="unknown_voice", param="voice")
        return exact_name


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not _NAME.fullmatch(name) or _DEVICE_NAMES.fullmatch(name) or len(name.encode()) > _MAX_NAME_BYTES:
        raise bad_request(
            "invalid voice name; use 1 to 64 letters, digits, spaces, _ and -, with a letter or digit at both ends",
            "name",
        )
    return name


def _checked_transcript(transcript: str) -> str:
    transcript = " ".join(transcript.split())
    try:
        n_bytes = len(transcript.encode())
    except UnicodeEncodeError as error:
        raise bad_request(f"the transcript isn't valid Unicode at character {error.start + 1}", "transcript") from None
    if n_bytes > MAX_TRANSCRIPT_BYTES:
        raise bad_request(f"the transcript is too long; maximum {MAX_TRANSCRIPT_BYTES >> 10} KiB", "transcript")
    return transcript


def _write(stem: Path, recording: VoiceRecording, transcript: str) -> None:
    """Write both files atomically, the transcript first: without the audio it is ignored."""
    text = stem.with_suffix(".txt")
    if transcript:
        with atomic_output(text) as file:
            file.write(transcript.encode())
    else:
        text.unlink(missing_ok=True)
    with (
        atomic_output(stem.with_suffix(_SUFFIX)) as file,
        AudioEncoder(file, "flac", recording.sample_rate) as encoder,
    ):
        encoder.write(recording.samples)
