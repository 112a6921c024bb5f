"""Progress of recognition, in seconds of the recording. It has no segments that a user would know."""

from __future__ import annotations

import msgspec


class RecognitionProgress(msgspec.Struct, frozen=True, kw_only=True):
    """The progress of recognition, in seconds of the recording.

    `known_s` is the length that is known so far: all of it, once the last part has begun. `message` describes the work
    before the first words, such as loading the model.
    """

    done_s: float
    known_s: float
    elapsed_s: float
    message: str = ""

    @property
    def fraction_done(self) -> float | None:
        """The part that is done, 0 to 1; None while the length isn't known."""
        return min(self.done_s / self.known_s, 1.0) if self.known_s else None

    @property
    def text(self) -> str:
        """The progress as one line, such as "12 of 60 s (20 %), 3.4 s/s"."""
        fraction = self.fraction_done
        if self.message or fraction is None:
            return self.message or "recognizing"
        speed = self.done_s / self.elapsed_s if self.elapsed_s > 0 else 0.0
        return f"{self.done_s:.0f} of {self.known_s:.0f} s ({100 * fraction:.0f} %), {speed:.1f} s/s"
