"""A stand-in for spaCy's English model with correct tokens and wrong parts of speech, created offline in seconds."""

from __future__ import annotations

import warnings
from pathlib import Path

NAME = "en_core_web_sm"
_TAGS = ("NN", "VB", "IN", "DT", "JJ", "PRP", "CD", ".", ",")


def write_standin(folder: Path) -> Path:
    """Write the package into a folder for sys.path, and return the folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import spacy
        from spacy.training import Example

        nlp = spacy.blank("en")
        nlp.add_pipe("tok2vec")
        tagger = nlp.add_pipe("tagger")
        for tag in _TAGS:
            tagger.add_label(tag)
        doc = nlp.make_doc("one two .")
        nlp.initialize(lambda: [Example.from_dict(doc, {"tags": ["CD", "CD", "."]})])
    nlp.meta["name"] = NAME.removeprefix("en_")
    nlp.meta["version"] = "3.8.0"
    package = folder / NAME
    package.mkdir()
    nlp.to_disk(package / "model")
    (package / "__init__.py").write_text(
        "from pathlib import Path\n"
        "from spacy.util import load_model_from_path\n\n\n"
        "def load(**overrides):\n"
        "    return load_model_from_path(Path(__file__).parent / 'model', **overrides)\n"
    )
    info = folder / f"{NAME}-3.8.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 3.8.0\n")
    return folder
