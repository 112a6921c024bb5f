"""The errors of the jobs."""

from __future__ import annotations

from ..utils.streaming.contract.errors import EnvironmentBuildError, Error


class NarrationError(Error, ValueError):
    """A narration folder that can't be used for this narration, with the reason and the fix."""


class DamagedSegmentError(Error):
    """The audio file of segment `number` doesn't match the manifest; the segment has to be made again."""

    def __init__(self, number: int) -> None:
        super().__init__(f"the audio of segment {number} is damaged")
        self.number = number


class StageStoppedError(Error):
    """Ends a stage of a narration because another stage failed or the user stopped the run."""


class NoSolutionError(EnvironmentBuildError):
    """No set of package versions satisfies the requirements."""


class UnfitPackagesError(EnvironmentBuildError):
    """The packages that were installed don't work together."""


class CastError(Error, ValueError):
    """A cast, or a cast or preset file, that can't be used: the file, the speaker and the reason."""


class UnknownVoiceError(Error, ValueError):
    """There is no voice of that name; the message suggests the nearest names."""


class VoiceLibraryError(Error, ValueError):
    """A recording or a preset that can't be used as a voice: its name and the reason."""
