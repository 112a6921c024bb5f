from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from broken_installations import finding_of, settings_in

from voxweft.cli.doctor_checks import Finding, disk

ENDLESS_BYTES = 1 << 62
"""More than the free space of any disk."""
LOOK = """
import json, sys, msgspec
from pathlib import Path
from voxweft.cli.doctor_checks import disk
from voxweft.utils.settings import Settings
folder, cache = Path(sys.argv[1]), Path(sys.argv[2])
settings = Settings(cache_dir=cache, models_home=folder / "models", environments_home=folder / "environments")
print(msgspec.json.encode(disk.findings(settings)).decode())
"""


def test_folders_that_do_not_exist_are_checked_and_not_created(tmp_path: Path) -> None:
    findings = disk.findings(settings_in(tmp_path / "deep" / "down"), low_space_bytes=0, full_bytes=0)
    assert [(finding.subject, finding.state) for finding in findings] == [
        ("cache", "good"),
        ("models", "good"),
        ("environments", "good"),
        ("disk", "good"),
    ]
    assert [finding.fix for finding in findings] == [""] * 4
    assert findings[3].detail.endswith("iB free for cache, models and environments")
    assert list(tmp_path.iterdir()) == []


def test_unwritable_folders(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    findings = disk.findings(settings_in(tmp_path / "file"))
    for subject, setting, means in (
        ("cache", "VOXWEFT_CACHE_DIR", "generated again"),
        ("models", "VOXWEFT_MODELS_HOME", "downloaded"),
        ("environments", "VOXWEFT_ENVIRONMENTS_HOME", "no engine environment can be installed"),
    ):
        refused = finding_of(findings, subject)
        assert refused.state == "warning"
        assert f"{tmp_path / 'file' / subject} is not writable (" in refused.detail
        assert means in refused.detail
        assert refused.fix == f"set {setting} to a writable folder"


@pytest.mark.linux
@pytest.mark.skipif(sys.platform != "linux", reason="a folder that rejects even root")
def test_a_folder_that_is_read_only_for_root_too(tmp_path: Path) -> None:
    home = settings_in(tmp_path, models_home=Path("/proc/voxweft"))
    findings = disk.findings(home, low_space_bytes=0, full_bytes=0)
    assert finding_of(findings, "models").state == "warning"
    assert finding_of(findings, "cache").state == "good"


def test_a_disk_short_of_space(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    short = finding_of(disk.findings(settings, low_space_bytes=ENDLESS_BYTES), "disk")
    assert short.state == "warning"
    assert "has only" in short.detail
    assert "for cache, models and environments" in short.detail
    assert short.fix == "free some space, or set VOXWEFT_ENVIRONMENTS_HOME to a folder on another disk"
    full = finding_of(disk.findings(settings, low_space_bytes=ENDLESS_BYTES, full_bytes=ENDLESS_BYTES), "disk")
    assert full.state == "broken"
    assert "is full" in full.detail


def test_a_large_cache(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    entry = settings.cache_dir / "v1" / "ab" / "x.seg"
    entry.parent.mkdir(parents=True)
    with entry.open("wb") as file:
        file.truncate(100 << 20)
    short = finding_of(disk.findings(settings, low_space_bytes=ENDLESS_BYTES), "disk")
    assert (short.why, short.fix) == ("the cache uses 100 MiB of it", "voxweft cache clear")


def test_a_disabled_cache_needs_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    findings = disk.findings(settings_in(tmp_path, cache_bytes=0, cache_dir=tmp_path / "file" / "cache"))
    assert finding_of(findings, "cache").detail == "turned off (VOXWEFT_CACHE_BYTES=0)"
    assert "cache" not in finding_of(findings, "disk").detail


@pytest.mark.linux
@pytest.mark.parametrize(
    ("options", "says"),
    [("size=64k", "is full (0 MiB free)"), ("size=64m,nr_inodes=2", "accepts no more files (64 MiB free)")],
)
def test_a_full_disk_and_another_one(tmp_path: Path, options: str, says: str) -> None:
    """One finding per disk; each names its folder."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    alone = ["unshare", "--mount"] if is_root else ["unshare", "-rm"]
    probe = [*alone, "mount", "-t", "tmpfs", "tmpfs", str(tmp_path)]
    if not shutil.which("unshare") or subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        pytest.skip("a tmpfs can't be mounted here")
    full = tmp_path / "full"
    full.mkdir()
    fill = 'touch "$1/x"; case "$5" in *=64k) head -c 1m /dev/zero > "$1/x" 2>/dev/null;; esac'
    script = f'mount -t tmpfs -o "$5" t "$1" && {{ {fill}; exec "$2" -c "$3" "$1" "$4"; }}'
    arguments = ["sh", "-c", script, "sh", str(full), sys.executable, LOOK, str(tmp_path / "cache"), options]
    done = subprocess.run([*alone, *arguments], capture_output=True, check=True, timeout=60)
    findings = msgspec.json.decode(done.stdout, type=list[Finding])
    for subject in ("cache", "models", "environments"):
        assert finding_of(findings, subject).state == "good"
    other, full_one = [finding for finding in findings if finding.subject == "disk"]
    assert (other.state, full_one.state) == ("good", "broken")
    assert full_one.detail == f"the disk of {full} {says}, for models and environments"
    assert str(tmp_path) in other.detail
