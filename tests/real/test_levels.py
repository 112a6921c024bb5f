"""Every voice and every mix comes at the level, and no peak passes the ceiling."""

from __future__ import annotations

import numpy as np
import pytest
import real_speech
from real_speech import VOICES, lufs, speak

from voxweft.jobs.api.results import Speech
from voxweft.jobs.speak.report import SpeakReport
from voxweft.media.audio.loudness import LoudnessMeter
from voxweft.utils.streaming.runtime import Runtime

pytestmark = real_speech.real

LEVEL_LUFS, WITHIN_LU, CEILING_DBTP = -18.0, 0.5, -1.0
PASSAGES = {
    "en": "Every summer the children built a small boat out of wood and paper. It never sailed far, but they didn't "
    "mind. In the evening they pulled it back to the shore and left it under the old bridge.",
    "es": "Cada verano los niños construían un barco pequeño de madera y papel. Nunca navegaba lejos, pero no les "
    "importaba. Por la tarde lo llevaban a la orilla y lo dejaban debajo del puente.",
    "fr": "Chaque été, les enfants construisaient un petit bateau de bois et de papier. Il n'allait jamais loin, mais "
    "cela ne faisait rien. Le soir, ils le ramenaient au bord et le laissaient sous le vieux pont.",
    "it": "Ogni estate i bambini costruivano una piccola barca di legno e carta. Non andava mai lontano, ma non "
    "importava. La sera la riportavano a riva e la lasciavano sotto il vecchio ponte.",
    "pt": "Todo verão as crianças construíam um barco pequeno de madeira e papel. Ele nunca ia longe, mas elas não se "
    "importavam. À tarde, puxavam o barco para a margem e o deixavam embaixo da ponte.",
    "hi": "हर गर्मी में बच्चे लकड़ी और काग़ज़ की एक छोटी नाव बनाते थे। वह कभी दूर नहीं जाती थी, लेकिन उन्हें चिंता नहीं थी। "
    "शाम को वे उसे किनारे पर खींच लाते और पुराने पुल के नीचे छोड़ देते।",
    "ja": "毎年の夏、子供たちは木と紙で小さな船を作った。遠くまでは行かなかったが、気にしなかった。"
    "夕方になると岸に引き上げて、古い橋の下に置いた。",
    "zh": "每年夏天，孩子们都用木头和纸做一条小船。小船从来走不远，可是他们并不在意。"
    "傍晚他们把船拉回岸边，放在老桥下面。",
}
MIXES = ("af_bella(2)+af_sky", "af_heart+bm_george")


@pytest.mark.parametrize(
    ("language", "voice"), [(tag.partition("-")[0], voice) for tag, voices in VOICES.items() for voice in voices]
)
def test_every_voice_is_at_the_level(runtime: Runtime, language: str, voice: str) -> None:
    check(speak(runtime, PASSAGES[language], voice), voice)


@pytest.mark.parametrize("voice", MIXES)
def test_a_mix_is_measured_and_is_at_the_level(runtime: Runtime, voice: str) -> None:
    speech = speak(runtime, PASSAGES["en"], voice)
    check(speech, voice)
    again = speak(runtime, PASSAGES["en"], voice)
    assert all(segment.cached for segment in again.report.segments)
    np.testing.assert_array_equal(again.samples, speech.samples)


def check(speech: Speech[SpeakReport], voice: str) -> None:
    (level,) = speech.report.levels
    measured = lufs(speech.samples, speech.sample_rate)
    peak_dbtp = LoudnessMeter.of_recording(speech.samples[np.newaxis], speech.sample_rate).true_peak_dbtp
    print(f"{voice}: level {level.gain_db:+.1f} dB, {measured:.2f} LUFS, {peak_dbtp:.2f} dBTP")
    assert measured == pytest.approx(LEVEL_LUFS, abs=WITHIN_LU)
    assert peak_dbtp <= CEILING_DBTP
