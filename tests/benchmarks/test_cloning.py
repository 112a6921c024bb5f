"""The figures of engines that clone voices."""

from __future__ import annotations

import math

import pytest

from benchmarks.cloning import run_cloning

pytestmark = pytest.mark.engines


def test_the_figures() -> None:
    figures = run_cloning(quick=True)
    assert figures["t3_tokens_equal"] == 1
    assert figures["window_error"] <= 1e-5
    assert figures["f5_batch_error"] <= 1e-4
    assert figures["f5_length_error_s"] <= 0.02
    assert figures["mira_window_error"] <= 2e-3
    assert figures["released_ratio"] >= 0.95
    ratios = {"batch8_ratio", "second_use_of_voice_ratio", "first_audio_clauses_ratio", "first_audio_tokens_ratio"}
    assert ratios < figures.keys()
    assert all(math.isfinite(value) for value in figures.values())
