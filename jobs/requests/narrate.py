"""A request to narrate a book."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...media.books import Book
from ...utils.streaming.runtime import Runtime
from ..levels.leveling import Leveling
from ..narrate.job import NarrateJob, book_speaker, narrate
from ..narrate.settings import NarrateSettings
from .speech import TextRequest


class NarrateRequest(TextRequest, frozen=True, kw_only=True):
    """A book to narrate into the folder `output`. A speaker without a voice or a language speaks the book's language.

    See `TextRequest` for the speakers and `jobs.narrate.job.narrate` for the other fields.
    """

    book: Book
    output: Path
    settings: NarrateSettings = NarrateSettings()
    only: Sequence[int] = ()

    def job(self, runtime: Runtime) -> NarrateJob:
        """Return the job, for `NarrationRun`. Raises what `resolved` and `jobs.narrate.job.narrate` do."""
        speaker, cast = self.resolved(runtime, lambda speaker: book_speaker(self.book, speaker))
        return narrate(
            self.book,
            speaker,
            runtime.registry,
            self.output,
            self.settings,
            cast=cast,
            markup=self.markup,
            lexicon=self.lexicon,
            normalize=self.normalize,
            name_emoji=self.name_emoji,
            only=self.only,
            leveling=Leveling.of(runtime, self.settings.level if self.level is None else self.level),
        )
