"""Messages for clients have no path of this machine, and keep everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("fastapi")

from voxweft.server.service.errors import ApiError
from voxweft.server.service.private_paths import without_paths


def test_a_path_is_reduced_to_its_file(tmp_path: Path) -> None:
    kept = tmp_path / "a folder" / "voice.pt"
    for text, expected in (
        (f"'{kept}' is damaged", "'voice.pt' is damaged"),
        (f'"{kept}" is damaged', '"voice.pt" is damaged'),
        (f"the model in {tmp_path}/base can't be loaded: no.", "the model in base can't be loaded: no."),
        (f"looked in {tmp_path}/a, {tmp_path}/b.", "looked in a, b."),
        (f"file:{tmp_path}/a.wav: No such file", "a.wav: No such file"),
        (r"D:\voices\x.bin is missing", "x.bin is missing"),
    ):
        assert without_paths(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "GET /v1/models lists the models of each task",
        "use engine/model, or /v1/audio/captioned_speech",
        "see https://example.org/tmp/page and voxweft models pull --folder ./models",
        "24000 Hz / 22050 Hz; and/or",
    ],
)
def test_routes_and_urls_stay(text: str) -> None:
    assert without_paths(text) == text


def test_every_error_response_is_without_paths(tmp_path: Path) -> None:
    error = ApiError(500, f"{tmp_path}/x is gone", code="engine_failed")
    assert error.body()["error"]["message"] == "x is gone"
