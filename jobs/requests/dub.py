"""A request to dub subtitles."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ...media.subtitles import Cue
from ...utils.streaming.runtime import Runtime
from ..dub import DubJob, DubMode, DubRules, dub
from ..levels.leveling import Leveling
from ..voices.speaker import Speaker
from .speech import SpeechRequest


class DubRequest(SpeechRequest, frozen=True, kw_only=True):
    """Cues to dub. See `SpeechRequest` for the speakers and `jobs.dub.dub` for the other fields.

    Attributes:
        language: The cues' own language, for a speaker without one.
        notes: What the report says of the cues before all other notes.
    """

    cues: Sequence[Cue]
    mode: DubMode = DubMode.FIT
    rules: DubRules | None = None
    keep_sounds: bool = False
    perform_sounds: bool = False
    keep_labels: Sequence[str] = ()
    sample_rate: int | None = None
    language: str = ""
    notes: tuple[str, ...] = ()

    def job(self, runtime: Runtime) -> DubJob:
        """Return the job, for `fit` and `run`. Raises what `resolved` and `jobs.dub.dub` do."""
        speaker, cast = self.resolved(runtime, self._with_language)
        job = dub(
            self.cues,
            speaker,
            runtime.registry,
            mode=self.mode,
            sample_rate=self.sample_rate,
            rules=self.rules,
            cast=cast,
            keep_sounds=self.keep_sounds,
            perform_sounds=self.perform_sounds,
            keep_labels=self.keep_labels,
            normalize=self.normalize,
            name_emoji=self.name_emoji,
            leveling=Leveling.of(runtime, self.level),
        )
        job.notes[:0] = [*self.notes, *self._note_on_engine(runtime, speaker)]
        return job

    def _note_on_engine(self, runtime: Runtime, speaker: Speaker) -> tuple[str, ...]:
        """Return the note that another engine than the preferred one speaks, because of the language."""
        if self.speaker.engine or self.cast is not None:
            return ()
        preferred = runtime.registry.default("speech", speaker.model).name
        if speaker.engine == preferred:
            return ()
        return (f"engine '{speaker.engine}' speaks: '{preferred}' doesn't speak the language '{speaker.language}'",)

    def _with_language(self, speaker: Speaker) -> Speaker:
        if speaker.language or not self.language:
            return speaker
        return msgspec.structs.replace(speaker, language=self.language)
