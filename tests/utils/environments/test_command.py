from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest
from broken_installations import distribution
from hypothesis import given
from hypothesis import strategies as st

from voxweft.utils.environments.command import install, line
from voxweft.utils.environments.installed import Installed


@pytest.mark.skipif(sys.platform == "win32", reason="another shell")
@given(st.lists(st.text(min_size=1), min_size=1))
def test_a_shell_splits_the_line_into_the_same_words(words: list[str]) -> None:
    assert shlex.split(line(*words)) == words


def test_plain_words_are_not_quoted() -> None:
    assert line("python", "-m", "pip", "install", "torch==2.11.0+cpu") == "python -m pip install torch==2.11.0+cpu"
    assert line("python", "numpy>=1.26") != "python numpy>=1.26"


def test_the_command_for_a_python_without_pip_uses_uv(tmp_path: Path) -> None:
    bare = Installed.of_paths([str(tmp_path)])
    python = "another-python"
    assert install(python, bare, "x") == line(sys.executable, "-m", "uv", "pip", "install", "--python", python, "x")
    distribution(tmp_path, "pip", "25.0")
    assert install(python, Installed.of_paths([str(tmp_path)]), "x") == f"{python} -m pip install x"
