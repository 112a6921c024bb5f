"""Recordings of voices that engines imitate: those of the user's library, and what clients add to it if they may."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from ...jobs.voices import Recording, VoiceFinder, VoiceLibrary
from ...jobs.voices.library import PREFIX
from ...jobs.voices.recording import MAX_FILE_BYTES, MAX_TRANSCRIPT_BYTES, RecordingError, read_recording
from ...media.audio.encode import AudioEncoder
from ...utils.atomic_file import atomic_output
from ...utils.names import name_key, nearest
from ...utils.streaming import Voice
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.runtime import Runtime
from .errors import ApiError, bad_request

MOST_BYTES = MAX_FILE_BYTES
MOST_VOICES = 1000
_NAME = re.compile(r"\w(?:[\w -]{0,62}\w)?")
"""No dot and no separator of any system: it is the stem of a file, and can't be a path."""
_DEVICES = re.compile(r"(?i)con|prn|aux|nul|(?:com|lpt)\d")
"""What Windows takes for a device, whatever the folder."""
_MOST_NAME_BYTES = 200
_SUFFIX = ".flac"


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """A recording as it was kept."""

    name: str
    duration_s: float
    sample_rate: int
    transcript: str | None

    @property
    def id(self) -> str:
        """What goes into `voice`."""
        return PREFIX + self.name


class References:
    """The recordings. Everything here reads the disk or decodes, so it is called in threads; one change at a time.

    `uploads` is the folder that clients may add to, which is made if it isn't there; None lets them change nothing.
    What is kept is the sound, encoded anew, and never the bytes that came.
    """

    def __init__(self, runtime: Runtime, uploads: Path | None) -> None:
        if uploads is not None:
            uploads.mkdir(parents=True, exist_ok=True)
        self._uploads = uploads
        own = () if uploads is None else (uploads,)
        self._library = VoiceLibrary((*own, *runtime.settings.voice_folders))
        self._find = VoiceFinder(runtime.blobs, runtime.registry, self._library)

    def names(self) -> list[str]:
        """Return what they are called, without the prefix."""
        return self._library.recordings()

    def voice(self, name: str, spec: EngineSpec) -> Voice:
        """Return the voice of a recording, by its name with the prefix. ApiError 400 if it isn't there or can't be."""
        if spec.can("reference"):
            self._own(name.removeprefix(PREFIX))
        try:
            return self._find(name, spec)
        except ValueError as error:
            raise bad_request(str(error), "voice", "unusable_voice") from None

    def known(self, name: str) -> str:
        """Return a recording's own name, of one that may have the prefix. ApiError 404 if there is none such."""
        return self._own(name.removeprefix(PREFIX), status=404)

    def add(self, name: str, file: Path, transcript: str) -> Added:
        """Keep a recording with what is said in it.

        ApiError 400 for a name that can't be and for what is no recording of a voice, 409 for a name that is taken, 403
        if nobody may add any.
        """
        folder = self.check_may_change()
        name = _checked_name(name)
        said = _checked_transcript(transcript)
        try:
            recording = read_recording(file)
        except RecordingError as error:
            # It calls the file by its name, which is ours: `recording`.
            why = str(error).removeprefix(f"{file.name}: ")
            raise bad_request(f"the {why}", "audio_sample", "bad_recording") from None
        known = self._library.names()
        if name_key(name) in map(name_key, known):
            raise ApiError(
                409, f"there is a voice '{name}' already; delete it first", code="voice_exists", param="name"
            )
        if len(known) >= MOST_VOICES:
            raise ApiError(409, f"{MOST_VOICES} voices are the most; delete one first", code="too_many_voices")
        _write(folder / name, recording, said)
        return Added(
            name=name, duration_s=recording.duration_s, sample_rate=recording.sample_rate, transcript=said or None
        )

    def remove(self, name: str) -> str:
        """Delete a recording that was added, by its name with or without the prefix, and return its name.

        ApiError 404 if there is none such, 403 if it isn't the clients' to delete.
        """
        folder = self.check_may_change()
        own = self.known(name)
        voice = self._library.find(own)
        if voice.folder != folder or voice.recording is None:
            raise ApiError(403, f"'{own}' wasn't uploaded: whoever runs the server has it there", code="not_yours")
        # What makes it a voice goes first: a text alone is none.
        voice.recording.unlink(missing_ok=True)
        if voice.transcript is not None:
            voice.transcript.unlink(missing_ok=True)
        return own

    def check_may_change(self) -> Path:
        """Return the folder that clients may change. ApiError 403 if there is none."""
        if self._uploads is None:
            raise ApiError(
                403,
                "this server takes no voices; whoever runs it can let it, with --voice-uploads FOLDER",
                code="uploads_disabled",
            )
        return self._uploads

    def _own(self, name: str, status: int = 400) -> str:
        known = self.names()
        own = next((one for one in known if name_key(one) == name_key(name)), None)
        if own is None:
            near = [PREFIX + one for one in nearest(name, known) or known[:5]]
            hint = f"did you mean {', '.join(near)}?" if near else "there is none at all"
            raise ApiError(status, f"there is no recording '{name[:100]}'; {hint}", code="unknown_voice", param="voice")
        return own


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not _NAME.fullmatch(name) or _DEVICES.fullmatch(name) or len(name.encode()) > _MOST_NAME_BYTES:
        raise bad_request(
            "a voice's name is 1 to 64 letters, digits, spaces, _ and -, with a letter or digit at both ends", "name"
        )
    return name


def _checked_transcript(transcript: str) -> str:
    said = " ".join(transcript.split())
    try:
        n_bytes = len(said.encode())
    except UnicodeEncodeError as error:
        raise bad_request(f"the transcript isn't valid Unicode at character {error.start + 1}", "transcript") from None
    if n_bytes > MAX_TRANSCRIPT_BYTES:
        raise bad_request(f"a transcript has at most {MAX_TRANSCRIPT_BYTES >> 10} KiB", "transcript")
    return said


def _write(stem: Path, recording: Recording, said: str) -> None:
    """Write both files whole, the text first: without the sound it counts for nothing."""
    text = stem.with_suffix(".txt")
    if said:
        with atomic_output(text) as file:
            file.write(said.encode())
    else:
        text.unlink(missing_ok=True)
    with (
        atomic_output(stem.with_suffix(_SUFFIX)) as file,
        AudioEncoder(file, "flac", recording.sample_rate) as encoder,
    ):
        encoder.write(recording.samples)
