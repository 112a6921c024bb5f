"""A prepared recording: the clip for each policy, and its notes."""

from __future__ import annotations

import logging

import pytest

from voxweft.jobs.voices.prepared_voice import PreparedVoice, ReferenceClip, log_once
from voxweft.utils.streaming import ReferenceVoice
from voxweft.utils.streaming.contract.engine_spec import EngineSpec, ReferencePolicy

SHORT, LONG, OTHER = ReferencePolicy(), ReferencePolicy(min_s=5.0), ReferencePolicy(sample_rate=16000)
VOICE = PreparedVoice(
    name="a.wav",
    clips=(
        ReferenceClip(policy=SHORT, voice=ReferenceVoice("00")),
        ReferenceClip(policy=LONG, error="it is 1.00 s long; the minimum is 5 s"),
    ),
)


def test_a_clip_is_found_by_its_policy(tone_spec: EngineSpec) -> None:
    assert VOICE.clip(tone_spec, ReferencePolicy()).voice == ReferenceVoice("00")
    with pytest.raises(ValueError, match=r"engine 'tone' can't use a\.wav: it is 1\.00 s long; the minimum is 5 s"):
        VOICE.clip(tone_spec, LONG)
    with pytest.raises(ValueError, match="it was prepared for another engine"):
        VOICE.clip(tone_spec, OTHER)


def test_a_note_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        log_once(["note 1 of this test", "note 2 of this test"])
        log_once(["note 2 of this test"])
    assert [record.getMessage() for record in caplog.records] == ["note 1 of this test", "note 2 of this test"]
