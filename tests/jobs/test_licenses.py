"""Licenses of the models of a job: in its report, and refused for commercial use before anything is spoken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from restricted_engine import REFUSED, put_engine

from voxweft.jobs.licenses import UsedLicense, licenses_of
from voxweft.jobs.narrate.run import run_narration
from voxweft.jobs.requests.dub import DubRequest
from voxweft.jobs.requests.narrate import NarrateRequest
from voxweft.jobs.requests.speak import SpeakRequest
from voxweft.jobs.run import run
from voxweft.jobs.voices import Cast, CastSpeaker, Speaker
from voxweft.media.books import read_book
from voxweft.media.subtitles import read_subtitles
from voxweft.utils.settings import Settings
from voxweft.utils.streaming import StreamingSegment, TextPayload
from voxweft.utils.streaming.contract.errors import LicenseError, SegmentError
from voxweft.utils.streaming.runtime import Runtime

pytestmark = pytest.mark.usefixtures("no_hang")

FREE = UsedLicense(engine="duo", model="free", license="MIT", commercial=True)
RESTRICTED = UsedLicense(engine="duo", model="restricted", license="CC-BY-NC-4.0", commercial=False)
CAST = Cast(members=(CastSpeaker(name="Anna", engine="duo", model="restricted"),))
DUO = Speaker(engine="duo")
GERMAN = Speaker(engine="duo", model="restricted")
CUES = read_subtitles(b"1\n00:00:00,000 --> 00:00:01,000\nHello.\n").cues


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return put_engine(tmp_path_factory.mktemp("engines"))


def settings(engines: Path, home: Path, **others: Any) -> Settings:
    folders = {"cache_dir": home / "cache", "models_home": home / "models"}
    return Settings(**folders, engine_folders=(engines,), level_lufs=None, **others)


@pytest.fixture
def runtime(engines: Path, tmp_path: Path) -> Iterator[Runtime]:
    with closing(Runtime(settings(engines, tmp_path))) as opened:
        yield opened


@pytest.fixture
def commercial(engines: Path, tmp_path: Path) -> Iterator[Runtime]:
    with closing(Runtime(settings(engines, tmp_path, commercial=True))) as opened:
        yield opened


def test_each_model_is_named_once(runtime: Runtime) -> None:
    spec = runtime.registry.get("duo")
    assert licenses_of([(spec, "restricted"), (spec, "free"), (spec, "restricted")]) == (RESTRICTED, FREE)
    assert licenses_of([]) == ()


def test_reports_name_the_licenses(runtime: Runtime, tmp_path: Path) -> None:
    speech = SpeakRequest(text="One. [Anna] Two. [Anna] Three.", speaker=DUO, cast=CAST).job(runtime)
    list(run(speech, runtime))
    assert speech.report().licenses == (FREE, RESTRICTED)
    dub = DubRequest(cues=CUES, speaker=GERMAN).job(runtime)
    assert dub.report().licenses == (RESTRICTED,)
    book = read_book(b"One. Two.\n", "a.txt")
    request = NarrateRequest(book=book, output=tmp_path / "out", speaker=GERMAN)
    assert run_narration(request.job(runtime), runtime).licenses == (RESTRICTED,)


def test_a_job_for_commercial_use_is_refused_before_it_starts(commercial: Runtime, tmp_path: Path) -> None:
    book = read_book(b"One. Two.\n", "a.txt")
    for speaker in (GERMAN, Speaker(engine="duo", language="de")):
        for request in (
            SpeakRequest(text="x", speaker=speaker),
            DubRequest(cues=CUES, speaker=speaker),
            NarrateRequest(book=book, output=tmp_path / "out", speaker=speaker),
        ):
            with pytest.raises(LicenseError, match=REFUSED):
                request.job(commercial)
    with pytest.raises(ValueError, match=REFUSED):
        SpeakRequest(text="One. [Anna] Two.", speaker=DUO, cast=CAST).job(commercial)
    assert list(run(SpeakRequest(text="One.", speaker=DUO).job(commercial), commercial))


def test_nothing_gets_past_the_runtime(runtime: Runtime, commercial: Runtime) -> None:
    """Not even a segment whose audio the cache has."""
    segment = StreamingSegment(index=0, payload=TextPayload("x"), engine="duo", model="restricted")
    list(runtime.stream([segment]))
    with pytest.raises(SegmentError, match=REFUSED):
        list(commercial.stream([segment]))
    with pytest.raises(LicenseError, match=REFUSED):
        commercial.run(commercial.voices("duo", "restricted"))
    with pytest.raises(LicenseError, match=REFUSED):
        commercial.run(commercial.estimate((segment,), (1.0,)))
    assert commercial.loader.loads == 0
