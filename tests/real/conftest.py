"""The runtime of the tests with real weights."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from real_speech import MODELS

from benchmarks.real_runtime import real_runtime
from voxweft.utils.streaming.runtime import Runtime


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A runtime for the tests of a module, with a cache of its own."""
    with real_runtime(MODELS, tmp_path_factory.mktemp("real")) as opened:
        yield opened
