"""The benchmark of fitting subtitles, and its synthetic film."""

from __future__ import annotations

from benchmarks.film import film_cues
from benchmarks.jobs_fit import measure_fit, reported, unstretched_share


def test_the_film_has_its_declared_statistics():
    figures = measure_fit(cues=50, film=400, repeats=1)
    assert abs(figures["film_cps_median"] - 15) < 0.5
    assert abs(figures["film_cps_p90"] - 20) < 0.5
    assert abs(figures["film_no_gap_share"] - 0.3) < 0.02
    assert 0.8 < figures["fit_unstretched_share"] < 1
    assert figures["fit_10k_cues_s"] > 0


def test_the_share_excludes_stretched_cues():
    cues = film_cues(60)
    room_s = [cue.end_s - cue.start_s for cue in cues]
    assert unstretched_share(reported(cues, room_s)) == 1
    assert unstretched_share(reported(cues, [2 * length_s for length_s in room_s])) < 0.7
    assert film_cues(60) == cues
