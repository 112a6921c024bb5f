from __future__ import annotations

import importlib.metadata
import os
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from dist_info import write_dist_info
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from voxweft.utils.environments.installed import Installed


def listed(path: list[str]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return the standard library's result: version and requirements by name, the first one of each name."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for distribution in importlib.metadata.distributions(path=path):
        name = canonicalize_name(distribution.metadata["Name"])
        found.setdefault(name, (distribution.version, tuple(distribution.requires or ())))
    return found


def seen(path: list[str]) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {found.name: (found.version, found.requires()) for found in Installed.of_paths(path)}


def make_stable(*folders: Path) -> None:
    """Set a folder's modification time to an older one."""
    for folder in folders:
        os.utime(folder, (1_600_000_000, 1_600_000_000))


def test_the_running_interpreter():
    """The result is that of the standard library: the same versions and requirements."""
    assert seen(sys.path) == listed(sys.path)
    assert len(listed(sys.path)) > 5
    assert Installed.of_host().versions() == {name: version for name, (version, _) in listed(sys.path).items()}


def test_the_base_interpreter():
    site = sysconfig.get_path("purelib", vars={"base": sys.base_prefix, "platbase": sys.base_prefix})
    assert seen([site]) == listed([site])


def test_nothing_is_imported(tmp_path, monkeypatch):
    write_dist_info(tmp_path, "explosive", "1.0")
    (tmp_path / "explosive.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert Installed.of_host().versions()["explosive"] == "1.0"
    assert "explosive" not in sys.modules


@given(st.data())
def test_names_in_any_spelling(tmp_path_factory, data):
    site = tmp_path_factory.getbasetemp() / "spellings"
    if not site.exists():
        write_dist_info(site, "Foo.Bar-baz_qux", "1.0")
    parts = [
        "".join(letter.upper() if data.draw(st.booleans()) else letter for letter in part)
        for part in ("foo", "bar", "baz", "qux")
    ]
    name = parts[0] + "".join(data.draw(st.text("-_.", min_size=1, max_size=3)) + part for part in parts[1:])
    found = Installed.of_paths([str(site)]).get(name)
    assert found is not None
    assert (found.name, found.version) == ("foo-bar-baz-qux", "1.0")
    assert Installed.of_paths([str(site)]).get(name + "x") is None


@pytest.mark.parametrize(
    ("folder", "name", "version"),
    [
        ("foo_bar-1.0.dist-info", "foo-bar", "1.0"),
        ("foo-bar-1.0.dist-info", "foo-bar", "1.0"),
        ("Foo.Bar-1.0-2.dist-info", "foo.bar", "1.0-2"),
        ("foo_bar-1.0+cu130.dist-info", "Foo_Bar", "1.0+cu130"),
        ("foo_bar-2025.4.1.dist-info", "foo-bar", "2025.04.01"),
        ("foo_bar.dist-info", "foo-bar", "1.0"),
    ],
)
def test_folders_of_all_tools(tmp_path, folder, name, version):
    written = write_dist_info(tmp_path, name, version)
    written.rename(tmp_path / folder)
    installed = Installed.of_paths([str(tmp_path)])
    assert installed.versions() == {"foo-bar": version}
    found = installed.get("foo-bar")
    assert found is not None
    assert found.folder == tmp_path / folder
    assert installed.get("foo") is None


def test_the_first_folder_takes_precedence(tmp_path):
    write_dist_info(tmp_path / "a", "thing", "1.0", ["first"])
    write_dist_info(tmp_path / "b", "thing", "2.0", ["second"])
    write_dist_info(tmp_path / "b", "other", "3.0")
    installed = Installed.of_paths([str(tmp_path / "a"), str(tmp_path / "b")])
    assert installed.versions() == {"other": "3.0", "thing": "1.0"}
    assert [found.requires() for found in installed] == [(), ("first",)]
    assert Installed.of_paths([str(tmp_path / "b"), str(tmp_path / "a")]).versions()["thing"] == "2.0"


def without_metadata(folder: Path) -> None:
    (folder / "METADATA").unlink()


def with_a_folder_for_metadata(folder: Path) -> None:
    without_metadata(folder)
    (folder / "METADATA").mkdir()


def half_written(folder: Path) -> None:
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: thing\nVer", encoding="utf-8")


def overwritten(folder: Path) -> None:
    (folder / "METADATA").write_bytes(bytes(range(256)) * 200)


def emptied(folder: Path) -> None:
    (folder / "METADATA").write_bytes(b"")


def of_another_name(folder: Path) -> None:
    text = (folder / "METADATA").read_text(encoding="utf-8")
    (folder / "METADATA").write_text(text.replace("Name: thing", "Name: another"), encoding="utf-8")


def left_by_an_installer(folder: Path) -> None:
    folder.rename(folder.with_name("~hing-1.0.dist-info"))


def a_file_for_a_folder(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    folder.write_text("Name: thing\nVersion: 1.0\n", encoding="utf-8")


DAMAGES = [
    without_metadata,
    with_a_folder_for_metadata,
    half_written,
    overwritten,
    emptied,
    of_another_name,
    left_by_an_installer,
    a_file_for_a_folder,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_distribution_is_absent(tmp_path, damage):
    damage(write_dist_info(tmp_path / "a", "thing", "1.0"))
    write_dist_info(tmp_path / "a", "whole", "1.0")
    installed = Installed.of_paths([str(tmp_path / "a")])
    assert installed.get("thing") is None
    assert installed.versions() == {"whole": "1.0"}
    write_dist_info(tmp_path / "b", "thing", "2.0")
    both = Installed.of_paths([str(tmp_path / "a"), str(tmp_path / "b")])
    assert both.versions() == {"thing": "2.0", "whole": "1.0"}, "nor does it hide a whole one"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_only_the_header_is_read(tmp_path, newline):
    """A license text is before the requirements, and a description that looks like requirements is after them."""
    folder = write_dist_info(tmp_path, "thing", "1.0")
    lines = [
        "Metadata-Version: 2.1",
        "License: Permission",
        *("        Name: nothing of this counts" for _ in range(1000)),
        "        \x0cVersion: 7",
        "Name: thing",
        "VERSION : 1.0",
        "Author-email: Jürgen <j@example.org>",
        "requires-dist: numpy<2,",
        "  >=1.26",
        'Requires-Dist: torch; extra == "gpu"',
        "Requires-Python: >=3.10",
        "",
        "Requires-Dist: ghost",
        "\xff" * 10,
    ]
    (folder / "METADATA").write_bytes(newline.join(lines).encode("latin-1"))
    found = Installed.of_paths([str(tmp_path)]).get("thing")
    assert found is not None
    assert found.version == "1.0"
    assert [" ".join(line.split()) for line in found.requires()] == ["numpy<2, >=1.26", 'torch; extra == "gpu"']


def test_requirements_are_read_on_access(tmp_path):
    folder = write_dist_info(tmp_path, "thing", "1.0", ["numpy"])
    found = Installed.of_paths([str(tmp_path)]).get("thing")
    assert found is not None
    (folder / "METADATA").write_text("Name: thing\nVersion: 1.0\nRequires-Dist: soxr>=1\n", encoding="utf-8")
    assert found.requires() == ("soxr>=1",)
    without_metadata(folder)
    assert found.requires() == ()


def test_changes_are_detected(tmp_path):
    write_dist_info(tmp_path, "one", "1.0")
    make_stable(tmp_path)
    before = Installed.of_paths([str(tmp_path)])
    assert before.versions() == {"one": "1.0"}
    assert Installed.of_paths([str(tmp_path)]) is before, "what hasn't changed isn't read again"
    two = write_dist_info(tmp_path, "two", "2.0")
    assert Installed.of_paths([str(tmp_path)]).versions() == {"one": "1.0", "two": "2.0"}
    two.rename(tmp_path / "two-2.0")
    assert Installed.of_paths([str(tmp_path)]).versions() == {"one": "1.0"}


def test_a_change_within_a_clock_tick_is_detected(tmp_path):
    write_dist_info(tmp_path, "one", "1.0")
    at_ns = tmp_path.stat().st_mtime_ns
    assert "two" not in Installed.of_paths([str(tmp_path)]).versions()
    write_dist_info(tmp_path, "two", "2.0")
    os.utime(tmp_path, ns=(at_ns, at_ns))
    assert "two" in Installed.of_paths([str(tmp_path)]).versions()


def test_a_distribution_is_found_once_it_is_complete(tmp_path):
    folder = write_dist_info(tmp_path, "one", "1.0")
    text = (folder / "METADATA").read_text(encoding="utf-8")
    without_metadata(folder)
    make_stable(tmp_path)
    installed = Installed.of_paths([str(tmp_path)])
    assert installed.get("one") is None
    (folder / "METADATA").write_text(text, encoding="utf-8")
    assert Installed.of_paths([str(tmp_path)]) is installed
    assert installed.get("one") is not None


def test_the_oldest_result_is_dropped(tmp_path):
    for index in range(40):
        site = tmp_path / str(index)
        write_dist_info(site, "thing", f"{index}.0")
        make_stable(site)
    first = Installed.of_paths([str(tmp_path / "0")])
    for _ in range(2):
        versions = [Installed.of_paths([str(tmp_path / str(index))]).versions()["thing"] for index in range(40)]
        assert versions == [f"{index}.0" for index in range(40)]
    assert Installed.of_paths([str(tmp_path / "0")]) is not first


def test_paths_without_distributions(tmp_path, monkeypatch):
    file = tmp_path / "text.txt"
    file.write_text("no archive", encoding="utf-8")
    (tmp_path / "here").mkdir()
    write_dist_info(tmp_path / "here", "thing", "1.0")
    monkeypatch.chdir(tmp_path / "here")
    assert Installed.of_paths([]).versions() == {}
    assert Installed.of_paths([str(tmp_path / "nowhere"), str(file), "nul\0"]).versions() == {}
    assert Installed.of_paths([""]).versions() == {"thing": "1.0"}
    assert Installed.of_paths(["../here"]).versions() == {"thing": "1.0"}
    monkeypatch.chdir(tmp_path)
    assert Installed.of_paths([""]).versions() == {}


def write_egg_info(folder: Path, name: str = "old-thing", requires: str = "") -> None:
    folder.mkdir(parents=True)
    (folder / "PKG-INFO").write_text(f"Metadata-Version: 1.0\nName: {name}\nVersion: 1.5\n", encoding="utf-8")
    (folder / "requires.txt").write_text(requires, encoding="utf-8")


def test_legacy_distributions(tmp_path):
    """Four layouts of older setuptools and distutils, as the standard library reads them."""
    site = tmp_path / "site"
    requires = "numpy<2\n\n[gpu]\ntorch\n\n[:python_version < '3.8']\ntyping\n"
    write_egg_info(site / "old_thing-1.5-py3.11.egg-info", requires=requires)
    write_egg_info(site / "developed.egg-info", "developed")
    (site / "flat-2.0-py3.11.egg-info").write_text("Name: flat\nVersion: 2.0\n", encoding="utf-8")
    (site / "empty-2.0.egg-info").mkdir()
    write_egg_info(tmp_path / "folder_egg-1.5-py3.11.egg" / "EGG-INFO", "folder-egg")
    archive = tmp_path / "zipped-1.5-py3.11.egg"
    with zipfile.ZipFile(archive, "w") as egg:
        egg.writestr("EGG-INFO/PKG-INFO", "Name: zipped\nVersion: 1.5\n")
        egg.writestr("EGG-INFO/requires.txt", "soxr\n")
    wheel = tmp_path / "wheel.zip"
    with zipfile.ZipFile(wheel, "w") as whl:
        whl.writestr("wheeled-3.0.dist-info/METADATA", "Name: wheeled\nVersion: 3.0\n")
    path = [str(site), str(tmp_path / "folder_egg-1.5-py3.11.egg"), str(archive), str(wheel)]
    found = seen(path)
    assert {name: version for name, (version, _) in found.items()} == {
        "old-thing": "1.5",
        "developed": "1.5",
        "flat": "2.0",
        "folder-egg": "1.5",
        "zipped": "1.5",
        "wheeled": "3.0",
    }
    assert found["zipped"][1] == ("soxr",)
    parsed = [Requirement(line) for line in found["old-thing"][1]]
    assert [(line.name, str(line.specifier), str(line.marker or "")) for line in parsed] == [
        ("numpy", "<2", ""),
        ("torch", "", 'extra == "gpu"'),
        ("typing", "", 'python_version < "3.8"'),
    ]


def test_a_standard_library_in_an_archive_is_skipped(tmp_path):
    archive = tmp_path / f"python{sys.version_info[0]}{sys.version_info[1]}.zip"
    with zipfile.ZipFile(archive, "w") as library:
        library.writestr("json/__init__.py", "")
        library.writestr("thing-1.0.dist-info/METADATA", "Name: thing\nVersion: 1.0\n")
    assert Installed.of_paths([str(archive)]).versions() == {}
