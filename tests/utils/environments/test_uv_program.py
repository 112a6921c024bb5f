"""The environment variables of uv."""

from __future__ import annotations

import sys

import pytest

from voxweft.utils.environments.uv_program import uv_environment


def test_variables_for_indexes_and_proxies_are_kept_and_those_for_other_targets_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = {"HTTPS_PROXY": "http://proxy", "UV_INDEX": "https://mirror", "UV_FIND_LINKS": "/wheels"}
    for name, value in kept.items():
        monkeypatch.setenv(name, value)
    removed = ["UV_PYTHON", "VIRTUAL_ENV", "UV_OVERRIDE", "uv_project" if sys.platform != "win32" else "UV_PROJECT"]
    for name in removed:
        monkeypatch.setenv(name, "elsewhere")
    found = uv_environment()
    assert kept.items() <= found.items()
    assert "elsewhere" not in found.values()
    assert found["UV_PYTHON_DOWNLOADS"] == "never"
