"""A request to speak a text or a script."""

from __future__ import annotations

from collections.abc import Mapping

from ...utils.streaming.runtime import Runtime
from ..levels.leveling import Leveling
from ..speak import SpeakJob, speak
from ..speak.pauses import Pauses
from .speech import TextRequest


class SpeakRequest(TextRequest, frozen=True, kw_only=True):
    """A text to speak. See `TextRequest` for the speakers and `jobs.speak.speak` for the other fields."""

    text: str
    pauses: Pauses | None = None
    sample_rate: int | None = None
    seeds: Mapping[int, int] = {}

    def job(self, runtime: Runtime) -> SpeakJob:
        """Return the job. Raises what `resolved` and `jobs.speak.speak` do."""
        speaker, cast = self.resolved(runtime)
        return speak(
            self.text,
            speaker,
            runtime.registry,
            cast=cast,
            markup=self.markup,
            sample_rate=self.sample_rate,
            pauses=self.pauses,
            lexicon=self.lexicon,
            normalize=self.normalize,
            name_emoji=self.name_emoji,
            leveling=Leveling.of(runtime, self.level),
            seeds=self.seeds,
        )
