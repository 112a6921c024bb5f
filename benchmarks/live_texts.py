"""Passages for live transcription: short replies, sentences without pauses, and lists."""

from __future__ import annotations

PASSAGES = (
    (
        "af_heart",
        (
            "The train was late again. Nobody on the platform seemed to mind. A man in a grey coat read his newspaper "
            "and a girl fed crumbs to the pigeons. Was it always like this? Margaret checked her watch. She sat down "
            "on the bench and opened her book. The first page was missing."
        ),
    ),
    (
        "am_michael",
        (
            "We left the harbor at dawn. The sea was calm; the sky was clear. By noon the wind had turned. Everyone "
            "went below. In the evening we saw the island. There were lights along the shore. Who lived there? None of "
            "us knew."
        ),
    ),
    (
        "bm_george",
        (
            "When the rain finally stopped, the children, who had been waiting by the window all morning, ran out into "
            "the garden, where the grass was still wet, and began to chase each other around the old apple tree until "
            "their grandmother called them in for lunch. Nobody wanted to go home."
        ),
    ),
)
"""A voice of Kokoro, and what it says."""
