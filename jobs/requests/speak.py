"""A request to speak a text or a script."""

from __future__ import annotations

from collections.abc import Mapping

from ...utils.streaming.runtime import Runtime
from ..levels.leveling import Leveling
from ..speak import SpeakJob, speak
from ..speak.pauses import Pauses
from ..voices.speaker import AUTO_LANGUAGE, Speaker
from .speech import TextRequest, without_auto


class SpeakRequest(TextRequest, frozen=True, kw_only=True):
    """A text to speak. See `TextRequest` for the speakers and `jobs.speak.speak` for the other fields.

    With the speaker's language `auto`, each sentence is spoken in its own language.
    """

    text: str
    pauses: Pauses | None = None
    sample_rate: int | None = None
    seeds: Mapping[int, int] = {}
    language_voices: Mapping[str, Speaker] = {}

    @property
    def auto_language(self) -> bool:
        """Whether each sentence is spoken in its own language."""
        return self.speaker.language == AUTO_LANGUAGE

    @property
    def several_models(self) -> bool:
        """Whether segments may need different models."""
        return super().several_models or (self.auto_language and not self.speaker.model)

    def job(self, runtime: Runtime) -> SpeakJob:
        """Return the job. Raises what `resolved` and `jobs.speak.speak` do."""
        speaker, cast = self.resolved(runtime, without_auto)
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
            auto_language=self.auto_language,
            language_voices=self.language_voices,
        )
