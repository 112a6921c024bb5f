"""No request makes the server fail, whether the OpenAPI document allows it or not; the document has every status."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("schemathesis")

from fixtures_server import Served, open_runtime, serving
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, openapi

EXAMPLES = 4
_SEARCH = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("schema")
    # Without the tests' engines, which each request for all voices would start.
    with (
        open_runtime(home, engine_folders=()) as runtime,
        serving(runtime, voice_uploads=home / "voices") as server,
    ):
        yield server


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_request_causes_an_internal_error(served: Served, mode: GenerationMode) -> None:
    schema = openapi.from_dict(served.client.get("/openapi.json").json())
    n_operations = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        n_operations += 1

        @_SEARCH
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Any) -> None:
            response = case.call(base_url=served.url, timeout=60)
            assert response.status_code < 500, (case.as_curl_command(), response.text)
            assert str(response.status_code) in case.operation.definition.raw["responses"], (
                case.as_curl_command(),
                response.text,
            )

        # An operation without input has no invalid requests.
        with contextlib.suppress(Unsatisfiable):
            send()
    assert n_operations > 15
