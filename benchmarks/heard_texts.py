"""Passages for the measurement of what is heard: plain words, that nothing has to be normalized in.

Each has four sentences of statement, list, short reply and long period, so a passage has three seams of sentences.
"""

from __future__ import annotations

from collections.abc import Mapping

PASSAGES: Mapping[str, tuple[str, ...]] = {
    "en": (
        (
            "The ferry left the harbor before sunrise. On board were two teachers, a carpenter, and a boy. "
            "Nobody spoke. When the fog lifted, they saw the lighthouse on the far side of the bay."
        ),
        (
            "My grandmother keeps bees behind the barn. She knows every hive, every flower, and every wind. "
            "I help her. In the autumn we carry the honey down to the village market."
        ),
    ),
    "es": (
        (
            "El tren salió de la estación antes del amanecer. Llevaba dos maestras, un carpintero y un niño con una "
            "guitarra. Nadie hablaba. Cuando se levantó la niebla, vieron el mar al otro lado del valle."
        ),
    ),
    "fr": (
        (
            "Le bateau a quitté le port avant le lever du soleil. Il portait deux professeurs, un ouvrier et un garçon "
            "avec une guitare. Personne ne parlait. Quand le soleil est sorti, ils ont vu la maison blanche."
        ),
    ),
    "it": (
        (
            "Il treno è partito dalla stazione prima dell'alba. Portava due maestre, un falegname e un ragazzo con la "
            "chitarra. Nessuno parlava. Quando il sole è uscito, hanno visto il mare dall'altra parte della valle."
        ),
    ),
    "pt": (
        (
            "O trem saiu da estação antes do sol nascer. Levava duas professoras, um carpinteiro e um menino com um "
            "violão. Ninguém falava. Quando o sol apareceu, eles viram o mar do outro lado do vale."
        ),
    ),
    "hi": (
        "गाड़ी सुबह स्टेशन से निकली। उसमें दो शिक्षक, एक बढ़ई और एक लड़का था। कोई नहीं बोला। जब धूप निकली, सबने दूर एक सफ़ेद घर देखा।",
    ),
    "ja": (
        "船は朝早く港を出ました。船には先生と大工と小さな男の子がいました。誰も話しませんでした。霧が晴れると、みんなは遠くに白い家を見ました。",
    ),
    "zh": (
        "火车在早上离开了车站。车上有两位老师、一个工人和一个男孩。没有人说话。太阳出来的时候，他们看见了远处的白色房子。",
    ),
}
"""By language. Each passage has four sentences."""
