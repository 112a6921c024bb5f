"""Running uv: its requirement files, and its failures as errors. A script stands in for the program."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from voxweft.jobs.errors import NoSolutionError
from voxweft.jobs.install import installer_process
from voxweft.jobs.install.installer_process import InstallRequest, run_uv, write_requirement_files
from voxweft.utils.streaming.contract.errors import EnvironmentBuildError


@pytest.mark.parametrize(
    "line",
    [
        "--index-url=https://example.org",
        "-r other.txt",
        "-e .",
        "./folder",
        "a --hash=sha256:00",
        "a\n-r other.txt",
        "a @ https://example.org/a\n--index-url=https://example.org",
        "a @ https://example.org/a\u2028-rother.txt",
        "a @ https://example.org/a\r-rother.txt",
        "a @ https://example.org/a\\",
        "",
        "# nothing",
    ],
)
@pytest.mark.parametrize("field", ["requirements", "constraints", "overrides", "excludes"])
def test_a_line_that_could_be_an_option_raises(line: str, field: str, tmp_path: Path) -> None:
    request = InstallRequest(("b",))._replace(**{field: ("b", line)})
    with pytest.raises(EnvironmentBuildError, match="is not a valid requirement"):
        write_requirement_files(request, tmp_path)


def test_requirements_are_written_to_files(tmp_path: Path) -> None:
    files = write_requirement_files(InstallRequest(("b>=1", "c[x] ; python_version>'3'")), tmp_path)
    assert files == ["-r", "requirements.txt"]
    lines = (tmp_path / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line.replace(" ", "") for line in lines] == ["b>=1", 'c[x];python_version>"3"']
    request = InstallRequest(("b",), constraints=("b<2",), overrides=("c==1",), excludes=("d",))
    more = ["-c", "constraints.txt", "--override", "overrides.txt", "--excludes", "excludes.txt"]
    assert write_requirement_files(request, tmp_path) == [*files, *more]


def fails(code: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Run a program in place of uv."""
    monkeypatch.setattr(installer_process, "uv_program", lambda: sys.executable)
    run_uv(["-I", "-c", code], folder)


def test_a_missing_program_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installer_process, "uv_program", lambda: str(tmp_path / "uv"))
    with pytest.raises(EnvironmentBuildError, match="uv can't be run"):
        run_uv(["--version"], tmp_path)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("error: failed to write: No space left on device (os error 28)", "no space left on the disk"),
        ("error: Failed to fetch\\n  Caused by: dns error: failed to lookup address", "connect this machine"),
        ("error: Failed to fetch\\n  Caused by: tcp connect error: Connection refused", "UV_FIND_LINKS"),
        ("something else", r"failed \(code 3\)"),
    ],
)
def test_a_failure_has_a_reason_before_the_output(
    output: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The cause may be far from the end of the output.
    code = f"import sys; print({output!r}); print('x' * 20 + chr(10), end='') ; print('the end'); sys.exit(3)"
    with pytest.raises(EnvironmentBuildError, match=f"(?s){message}.*the end") as caught:
        fails(code, monkeypatch, tmp_path)
    assert not isinstance(caught.value, NoSolutionError)


def test_the_reason_is_found_in_output_that_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoSolutionError):
        fails(
            "import sys; print('No solution found'); print('because x\\n' * 9000); sys.exit(1)", monkeypatch, tmp_path
        )
