"""The parameters of the live policy."""

from __future__ import annotations

import msgspec


class LiveRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of a live session. Times are in seconds of audio.

    Attributes:
        begin_probability: Speech begins at this probability (Silero's default).
        end_probability: Speech ends below this probability (Silero's default, 0.15 less).
        min_speech_s: Shorter speech is ignored.
        start_s: The start of speech is reported after this much of it, so that a cough or a click isn't a start.
        stop_s: The end of speech is reported after this silence.
        pause_s: After this silence all words are committed, from the last recognition if it held all of them.
        gap_s: After this silence the buffer is trimmed.
        lead_s, tail_s: The silence that is kept before and after speech.
        lag_s: Words are shown about this long after they end at most, if the model allows: a recognition starts when
            this much speech is new, less the time that a recognition takes.
        dip_s, dip_step_s: After this silence, which is no pause yet, `dip_step_s` of new audio is enough: words that
            end there are recognized whole, and the pause that may follow needs no further recognition.
        max_busy_fraction: The maximum part of the time for recognition; a slow model gets a longer interval.
        hold_s: A word is committed if two consecutive hypotheses agree on it and all words before it, or if it ends
            this long before the audio does, with a probability of at least `min_probability`.
        min_probability: See `hold_s`.
        trim_s: If the buffer holds more, it is trimmed between two words.
        missed_s: If this much speech gave no words before a pause, it is recognized once more, by itself.
        max_window_s: The maximum length of a window. Whisper's is 30 s, and near its end it hallucinates.
        prompt_characters: The committed text that is used as the prompt of a window.
    """

    begin_probability: float = 0.5
    end_probability: float = 0.35
    min_speech_s: float = 0.064
    start_s: float = 0.128
    stop_s: float = 0.5
    pause_s: float = 0.3
    gap_s: float = 0.7
    lead_s: float = 0.3
    tail_s: float = 0.3
    lag_s: float = 1.0
    dip_s: float = 0.064
    dip_step_s: float = 0.3
    max_busy_fraction: float = 0.7
    hold_s: float = 0.4
    min_probability: float = 0.4
    trim_s: float = 6.0
    missed_s: float = 1.0
    max_window_s: float = 25.0
    prompt_characters: int = 200
