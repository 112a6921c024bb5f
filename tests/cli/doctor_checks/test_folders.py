from __future__ import annotations

from pathlib import Path

from broken_installations import engine, settings_in

from voxweft.cli.doctor_checks import folders


def test_folders_without_engines(tmp_path: Path) -> None:
    empty, gone = tmp_path / "empty", tmp_path / "gone"
    empty.mkdir()
    engine(tmp_path / "many", "own")
    named = (empty, gone, tmp_path / "many", tmp_path / "many" / "own")
    found = folders.findings(settings_in(tmp_path, engine_folders=named))
    assert [(finding.subject, finding.state) for finding in found] == [("engine folder", "warning")] * 2
    assert str(empty) in found[0].detail
    assert "an engine.toml" in found[0].why
    assert str(gone) in found[1].detail
    assert found[1].why == "it is not a folder"
