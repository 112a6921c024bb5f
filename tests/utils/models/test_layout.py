"""Declared files: where they are from, and what is refused."""

from __future__ import annotations

import contextlib

import msgspec
import pytest
from fake_hub import FILES, OTHER_REPO, OTHER_REVISION, REPO, REVISION, model_spec, weight_file
from hypothesis import given
from hypothesis import strategies as st

from voxweft.utils.models.layout import declared_weights, is_one_snapshot, select_files, source_names, with_source
from voxweft.utils.streaming.contract.engine_spec import EngineSpec, WeightFile

WEIGHTS = model_spec().weights["one"]
PLAIN = weight_file("config.json", FILES["config.json"])
FROM_ADDRESS = WeightFile(path="a.zip", sha256="0" * 64, n_bytes=1, url="https://example.org/v1/a.zip")
FROM_OTHER = msgspec.structs.replace(PLAIN, repo=OTHER_REPO, revision=OTHER_REVISION, source="x/y.json")


def spec_of(*files: WeightFile) -> EngineSpec:
    return model_spec(files=files, voices=())


def test_a_file_has_the_models_source_unless_it_has_its_own() -> None:
    assert with_source(WEIGHTS, PLAIN) == msgspec.structs.replace(
        PLAIN, repo=REPO, revision=REVISION, source="config.json"
    )
    assert with_source(WEIGHTS, FROM_OTHER) == FROM_OTHER
    assert with_source(WEIGHTS, FROM_ADDRESS) == FROM_ADDRESS
    files = select_files(WEIGHTS, ["anna"])
    assert [(file.source, file.repo) for file in files[:1]] == [("voices/anna.pt", REPO)]


def test_the_names_of_sources() -> None:
    assert source_names(WEIGHTS) == (REPO,)
    weights = declared_weights(spec_of(FROM_ADDRESS, FROM_OTHER, msgspec.structs.replace(PLAIN, path="b")), "")
    assert weights is not None
    assert source_names(weights) == (REPO, "example.org", OTHER_REPO)
    assert not is_one_snapshot(weights)
    assert is_one_snapshot(WEIGHTS)
    assert not is_one_snapshot(msgspec.structs.replace(WEIGHTS, files=(msgspec.structs.replace(PLAIN, source="b"),)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"repo": OTHER_REPO}, "'config.json': its revision must be a commit (40 hex digits), not ''"),
        ({"repo": "x", "revision": OTHER_REVISION}, "'config.json': 'x' isn't a repository of the hub (owner/name)"),
        ({"revision": OTHER_REVISION}, "'config.json': a revision needs a repo"),
        ({"source": "../x"}, "the path '../x' isn't allowed"),
        ({"source": "/etc/passwd"}, "the path '/etc/passwd' isn't allowed"),
        ({"source": "a?b"}, "the path 'a?b' isn't allowed"),
        ({"url": "https://example.org/a", "source": "a"}, "a file with a url has no repo, revision or source"),
        ({"url": "https://example.org/a", "sha256": "0" * 8}, "needs all 64 digits of its sha256"),
    ],
)
def test_faults_of_a_source(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=r"^engine 'somevoice', model 'one': ") as caught:
        declared_weights(spec_of(msgspec.structs.replace(PLAIN, **change)), "")
    assert message in str(caught.value)


def test_only_files_without_a_digest_come_from_no_commit() -> None:
    newest = msgspec.structs.replace(PLAIN, repo=OTHER_REPO, revision="main", sha256="")
    assert declared_weights(spec_of(newest), "") is not None
    with pytest.raises(ValueError, match="must be a commit \\(40 hex digits\\), not 'main'"):
        declared_weights(spec_of(msgspec.structs.replace(newest, sha256="0" * 64)), "")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/a",
        "ftp://example.org/a",
        "file:///etc/passwd",
        "https:///a",
        "https://",
        "https://me:secret@example.org/a",
        "https://me@example.org/a",
        "https://example.org/a#b",
        "https://example.org/a b",
        "https://example.org/a\nHost: x",
        "https://example.org:99999/a",
        "https://example.org:x/a",
        "https://[::1/a",
        "https://ex\u00e4mple.org/a",
        "HTTPS:example.org/a",
    ],
)
def test_an_address_that_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be an address https://HOST/PATH without a user name"):
        declared_weights(spec_of(msgspec.structs.replace(FROM_ADDRESS, url=url)), "")


@given(st.text(max_size=40))
def test_no_address_or_path_is_an_unexpected_error(text: str) -> None:
    for change in ({"url": f"https://{text}"}, {"url": text or "x"}, {"path": text}, {"source": text}):
        spec = spec_of(PLAIN, msgspec.structs.replace(FROM_ADDRESS, **change))
        with contextlib.suppress(ValueError):  # and no other exception
            assert declared_weights(spec, "") == spec.weights["one"]
