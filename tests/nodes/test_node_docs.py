"""The files that `scripts/node_docs.py` generates are up to date."""

from __future__ import annotations

import subprocess
import sys

from paths import ROOT


def test_generated_texts_are_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "node_docs.py"), "--check"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_difference_is_an_error_that_shows_the_lines() -> None:
    program = """
import sys
sys.path.insert(0, sys.argv[1])
import node_docs
page = node_docs.ROOT / "docs" / "reference" / "nodes.md"
expected = node_docs.generated()
node_docs.generated = lambda: expected | {page: expected[page] + "One more line.\\n"}
raise SystemExit(node_docs.main(["--check"]))
"""
    command = [sys.executable, "-c", program, str(ROOT / "scripts")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1, ran.stderr
    assert "+One more line." in ran.stdout
    assert "fix: python scripts/node_docs.py" in ran.stdout
