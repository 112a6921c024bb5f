"""The numbers of the policy, in one place, with what each is for."""

from __future__ import annotations

import msgspec


class LiveRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a live session decides. Times in seconds of audio.

    Speech begins at `begin_probability` and ends below `end_probability` (Silero's own pair, 0.5 and 0.15 less), and
    counts from `shortest_speech_s` on. After `pause_s` of silence what was said is heard once more and all of it is
    certain; after `gap_s`, or when more than `trim_s` is held, the buffer ends there. While somebody speaks the model
    listens every `step_s` (less often if it is slow: at most `busy_part` of the time). A word is certain when two
    hypotheses in a row agree on it and all before it, or when it ends `hold_s` before the audio does, with a
    probability of `sure` at least. Where `lost_s` of speech gave no words before a pause, it is heard once more, by
    itself. `lead_s` and `tail_s` of silence are kept around speech. No window is longer than `longest_s`: Whisper's has
    30 s, and near its edge it invents. `prompt_characters` of certain text stand before a window.
    """

    begin_probability: float = 0.5
    end_probability: float = 0.35
    shortest_speech_s: float = 0.064
    pause_s: float = 0.3
    gap_s: float = 0.7
    lead_s: float = 0.3
    tail_s: float = 0.3
    step_s: float = 2.0
    busy_part: float = 0.7
    hold_s: float = 0.4
    sure: float = 0.4
    trim_s: float = 6.0
    lost_s: float = 1.0
    longest_s: float = 25.0
    prompt_characters: int = 200
