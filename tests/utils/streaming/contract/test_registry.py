"""The registry: finds engines, reads data, runs no code."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from streaming_kit import ENGINES

from voxweft.utils.streaming.contract.engine_spec import read_spec
from voxweft.utils.streaming.contract.errors import SpecError, UnknownEngineError
from voxweft.utils.streaming.contract.registry import EngineRegistry


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tone engine whose adapter must never be imported by the parent."""
    copy = tmp_path / "engines" / "tone"
    shutil.copytree(ENGINES / "tone", copy)
    (copy / "adapter.py").write_text("raise SystemExit('a stranger\\'s code ran')\n")
    return copy


def edit(folder: Path, old: str, new: str) -> None:
    file = folder / "engine.toml"
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))


def test_the_test_engines_are_found() -> None:
    registry = EngineRegistry((ENGINES,))
    assert {"batcher", "cloner", "random", "recognizer", "tone"} <= set(registry.specs)
    assert not [error for error in registry.broken if str(ENGINES) in str(error)]
    spec = registry.get("tone")
    assert spec.folder == str((ENGINES / "tone").resolve())
    assert spec.can("seed")
    assert not spec.can("batch")
    assert spec.limits.ping_timeout_s == 10.0
    assert spec.params["chunks"].default == 8


def test_built_in_engines_are_found() -> None:
    assert "espeak" in EngineRegistry().specs
    assert not EngineRegistry().broken


def test_a_folder_may_be_one_engine_or_hold_many(folder: Path) -> None:
    assert EngineRegistry((folder,)).get("tone").folder == str(folder.resolve())
    assert EngineRegistry((folder.parent,)).get("tone").folder == str(folder.resolve())
    assert EngineRegistry((folder / "nowhere",)).specs.keys() == EngineRegistry().specs.keys()


def test_the_users_folders_take_precedence(folder: Path) -> None:
    edit(folder, 'name = "tone"', 'name = "espeak"')
    assert EngineRegistry((folder,)).get("espeak").folder == str(folder.resolve())
    other = folder.parent.parent / "other"
    shutil.copytree(folder, other)
    assert EngineRegistry((other, folder)).get("espeak").folder == str(other.resolve())


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("schema = 1", "schema = 99", "schema is 99"),
        ("schema = 1", "", "schema is None"),
        ("max_workers = 8", "max_workers = 'many'", "max_workers"),
        ("max_workers = 8", "max_wokers = 8", "max_wokers"),
        ('task = "speech"', 'task = "dance"', "task"),
        ('task = "speech"', 'task = "speech', "line"),
        ('"adapter:ToneAdapter"', '"adapter"', "module:Class"),
        ('"adapter:ToneAdapter"', '"missing:ToneAdapter"', "there is no missing.py"),
        ('"adapter:ToneAdapter"', '"../adapter:ToneAdapter"', "module:Class"),
        ("native_sample_rate = 24000", "", "native_sample_rate"),
        ("deterministic = true", "", "deterministic"),
        ("schema = 1", "schema = 1\nfolder = '/'", "folder"),
        ("ping_timeout_s = 10.0", "ping_timeout = 10.0", "ping_timeout"),
        (
            'capabilities = ["speed", ',
            "max_speed = 2.0\ncapabilities = [",
            "min_speed and max_speed need the capability",
        ),
    ],
)
def test_an_invalid_description_is_reported_and_skipped(folder: Path, old: str, new: str, complaint: str) -> None:
    shutil.copytree(folder, folder.parent / "whole")
    edit(folder.parent / "whole", 'name = "tone"', 'name = "whole"')
    edit(folder, old, new)
    registry = EngineRegistry((folder.parent,))
    (error,) = registry.broken
    assert complaint in str(error)
    assert str(folder / "engine.toml") in str(error)
    assert "whole" in registry.specs
    assert "tone" not in registry.specs
    with pytest.raises(SpecError):
        read_spec(folder)


def test_an_unknown_engine_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(UnknownEngineError, match=r"no engine 'tonne'.*tone"):
        EngineRegistry((ENGINES,)).get("tonne")


_ENTRY_POINT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from voxweft.utils.streaming.contract.registry import EngineRegistry
registry = EngineRegistry()
assert registry.get("stranger").folder == str(Path(sys.argv[1], "stranger_pack", "engines", "one")), registry.specs
assert registry.broken == []
strange = [name for name in sys.modules if name.startswith("stranger_pack")]
engines = [name for name in sys.modules if name.startswith("voxweft.engines.")]
assert strange == [], strange
assert engines == [], engines
print("ok")
"""


def test_an_installed_package_is_read_and_never_imported(folder: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    package = site / "stranger_pack"
    shutil.copytree(folder, package / "engines" / "one")
    edit(package / "engines" / "one", 'name = "tone"', 'name = "stranger"')
    for init in (package, package / "engines", package / "engines" / "one"):
        (init / "__init__.py").write_text("raise SystemExit('a stranger\\'s code ran')\n")
    info = site / "stranger_pack-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger-pack\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[voxweft.engines]\nstranger = stranger_pack.engines.one\ngone = stranger_pack.nowhere\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", _ENTRY_POINT, str(site)], capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.stdout.strip() == "ok", answer.stderr
    assert "engine 'gone': stranger_pack.nowhere can't be found" in answer.stderr


def test_a_preferred_engine_is_the_default_of_its_task() -> None:
    registry = EngineRegistry()
    registry.is_ready = lambda _spec, _model: True
    assert registry.default("speech").name == "kokoro"
    registry.prefer("espeak")
    assert registry.default("speech").name == "espeak"
    assert registry.default("recognition").name == "faster_whisper"


def test_an_engine_that_has_the_language_is_the_default() -> None:
    registry = EngineRegistry()
    registry.is_ready = lambda spec, _model: spec.name in ("kokoro", "espeak")
    assert [registry.default("speech", language=tag).name for tag in ("en-US", "ja", "de", None)] == [
        *("kokoro", "kokoro", "espeak", "kokoro")
    ]
    registry.is_ready = lambda spec, _model: spec.name == "kokoro"
    assert registry.default("speech", language="de").name == "kokoro"  # which says that it doesn't speak it


def test_no_ready_engine_names_the_one_to_install() -> None:
    registry = EngineRegistry()
    registry.is_ready = lambda _spec, _model: False
    fix = "run `voxweft engines install faster_whisper` and `voxweft models pull faster_whisper`, or see"
    with pytest.raises(UnknownEngineError, match=f"recognition that is ready; {fix} `voxweft engines`$"):
        registry.default("recognition")
