from __future__ import annotations

import importlib.util
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest
from dist_info import write_dist_info
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.markers import default_environment
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from voxweft.utils.environments.fit import Problem, problems
from voxweft.utils.environments.installed import Installed
from voxweft.utils.streaming.contract.engine_spec import OwnEnvironment

NAMES = ["alpha", "beta-x", "gamma", "delta", "absent"]
SPELLINGS = {"beta-x": ["beta-x", "Beta_X", "beta.x"]}
EXTRAS = ["", "gpu", "all-of-it"]
MARKERS = [
    "",
    'python_version < "3.11"',
    "python_full_version >= '3.12.4'",
    'implementation_version != "3.10.0"',
    'sys_platform == "nowhere"',
    f"sys_platform == '{sys.platform}'",
    'extra == "gpu"',
    "extra=='GPU'",
    "'gpu' == extra",
    'extra != "gpu"',
    'extra == "All.of_It" and python_version >= "3.11"',
    '(python_version < "3.11") and extra == "gpu"',
    'extra == "gpu" or extra == "all-of-it"',
    'sys_platform == "nowhere" or (extra == "gpu" and python_version > "3")',
    f'extra == "gpu" or sys_platform == "{sys.platform}"',
]
VERSIONS = ["0.9", "1.0", "1.0.post1", "1.0+cu130", "2.0rc1", "2.0", "2.1.dev3", "unknown"]
SPECIFIERS = [
    "",
    "",
    "",
    "",
    ">=1.0",
    "==1.0",
    " (<2.0)",
    ">=0.5,!=2.0",
    "~=1.0",
    "===1.0+cu130",
    " @ https://example.org/x;y",
]
PYTHONS = ["3.9.18", "3.10.0", "3.11.9", "3.12.3", "3.13.0", "3.14.0rc1"]


@st.composite
def requirement_lines(draw) -> str:
    name = draw(st.sampled_from(NAMES))
    spelling = draw(st.sampled_from(SPELLINGS.get(name, [name])))
    extras = draw(st.lists(st.sampled_from(["gpu", "GPU", "all_of.it", "nothing"]), max_size=2))
    listed = f"[{', '.join(extras)}]" if extras else ""
    marker = draw(st.sampled_from(MARKERS))
    return f"{spelling}{listed}{draw(st.sampled_from(SPECIFIERS))}" + (f" ; {marker}" if marker else "")


Graph = dict[str, tuple[str, list[str]]]
graphs = st.fixed_dictionaries(
    {
        name: st.tuples(st.sampled_from(VERSIONS), st.lists(requirement_lines(), max_size=4))
        for name in NAMES
        if name != "absent"
    }
)


def naive(requirements: list[str], graph: Graph, python: str) -> set[tuple[str, str]]:
    """Return the same result with a naive algorithm, which repeats all checks until nothing changes."""
    environment = {
        **{key: str(value) for key, value in default_environment().items()},
        "python_version": ".".join(python.split(".")[:2]),
        "python_full_version": python,
        "implementation_version": python,
    }
    walked: set[tuple[str, str]] = set()
    found: set[tuple[str, str]] = set()
    while True:
        active = [(Requirement(line), "") for line in requirements]
        active += [(Requirement(line), extra) for name, extra in walked for line in graph[name][1]]
        reached = set(walked)
        for requirement, extra in active:
            if requirement.marker is not None and not requirement.marker.evaluate({**environment, "extra": extra}):
                continue
            name = canonicalize_name(requirement.name)
            if name not in graph:
                found.add(("missing", name))
                continue
            version = graph[name][0]
            if requirement.specifier and (
                version == "unknown" or not requirement.specifier.contains(version, prereleases=True)
            ):
                found.add(("conflict", name))
                continue
            reached |= {(name, ""), *((name, canonicalize_name(extra)) for extra in requirement.extras)}
        if reached == walked:
            return found
        walked = reached


def write(site: Path, graph: Graph) -> Installed:
    for name, (version, requires) in graph.items():
        write_dist_info(site, name, version, requires)
    return Installed.of_paths([str(site)])


def verdict(found: list[Problem]) -> set[tuple[str, str]]:
    return {(problem.kind, problem.what.rpartition(", but ")[2].split()[0]) for problem in found}


@settings(max_examples=250, deadline=None)
@given(st.lists(requirement_lines(), min_size=1, max_size=3), graphs, st.sampled_from(PYTHONS))
def test_any_graph(requirements, graph, python):
    with tempfile.TemporaryDirectory() as folder:
        installed = write(Path(folder), graph)
        for target in (python, "3.11.2"):
            found = problems(requirements, installed, python=target)
            assert verdict(found) == naive(requirements, graph, target)
            assert len(set(found)) == len(found)
            assert problems(requirements, installed, python=target) == found


@pytest.fixture
def small(tmp_path) -> Installed:
    return write(
        tmp_path,
        {
            "loomtone": ("1.0", ["numpy<2", "Weave[fast]>=2"]),
            "numpy": ("2.1.0", []),
            "weave": ("2.0", ["loomtone", "shuttle; extra == 'fast'", "never; extra == 'slow'"]),
        },
    )


def test_problems_name_the_requirement_and_its_parent(small):
    assert problems(["loomtone"], small, python="3.12.1") == [
        Problem("conflict", "loomtone 1.0 requires numpy<2, but numpy 2.1.0 is installed"),
        Problem("missing", "shuttle is missing (weave 2.0 requires shuttle)"),
    ]
    assert problems(["kokoro>=1", "numpy<2"], small, python="3.12.1") == [
        Problem("missing", "kokoro is missing"),
        Problem("conflict", "the engine requires numpy<2, but numpy 2.1.0 is installed"),
    ]
    assert problems(["numpy"], small, python="3.12.1") == []
    assert problems([], small, python="3.12.1") == []


def test_an_override_replaces_what_packages_require(small):
    def found(requirements: list[str], **environment: tuple[str, ...]) -> list[str]:
        own = OwnEnvironment(**environment)
        return [problem.what for problem in problems(requirements, small, python="3.12.1", environment=own)]

    assert found(["loomtone"], overrides=("NumPy==2.1.0",)) == ["shuttle is missing (weave 2.0 requires shuttle)"]
    assert found(["loomtone"], overrides=("numpy==2.2",))[0] == (
        "loomtone 1.0 requires numpy==2.2, but numpy 2.1.0 is installed"
    )
    assert found(["numpy<2"], overrides=("numpy==2.1.0",)) == [
        "the engine requires numpy<2, but numpy 2.1.0 is installed"
    ]


def test_excluded_packages_and_dependencies_of_some_are_not_required(small):
    both = {"overrides": ("numpy",), "excludes": ("Shuttle",)}
    assert problems(["loomtone"], small, python="3.12.1", environment=OwnEnvironment(**both)) == []
    alone = OwnEnvironment(without_dependencies=("loomtone==1.0",))
    assert problems(["loomtone"], small, python="3.12.1", environment=alone) == []
    assert len(problems(["weave[fast]"], small, python="3.12.1", environment=alone)) == 1
    assert len(problems(["loomtone"], small, python="3.12.1")) == 2


def test_a_wrong_python_is_reported_alone(small):
    assert problems(["kokoro"], small, python="3.13.0", python_range=">=3.10,<3.13") == [
        Problem("python", "it requires Python >=3.10,<3.13, and this is 3.13.0")
    ]
    assert [found.kind for found in problems(["kokoro"], small, python="3.12.9", python_range=">=3.10,<3.13")] == [
        "missing"
    ]


@pytest.mark.parametrize(
    ("python", "python_range", "fits"),
    [
        ("3.14.0rc1", ">=3.10", True),
        ("3.14.0a1+", ">=3.10", True),
        ("3.13.0rc1", ">=3.10,<3.13", False),
        ("3.9.1", ">=3.10", False),
        ("3.12.1", "==3.12.*", True),
        ("3.12.1", "", True),
    ],
)
def test_python_ranges(small, python, python_range, fits):
    assert (problems(["numpy"], small, python=python, python_range=python_range) == []) == fits


def test_markers_are_evaluated_for_the_given_python(tmp_path):
    """Not for the running Python: each of these Pythons requires another package."""
    lines = ["old; python_version < '3.11'", "new; python_version >= '3.11'", "last; python_full_version == '3.13.2'"]
    lines.append("own; implementation_version == '3.13.2'")
    installed = write(tmp_path, {"thing": ("1.0", lines)})
    for python, names in [
        ("3.10.4", ["old"]),
        ("3.11.0", ["new"]),
        ("3.13.2", ["new", "last", "own"]),
        ("3.13.1", ["new"]),
    ]:
        expected = [Problem("missing", f"{name} is missing (thing 1.0 requires {name})") for name in names]
        assert problems(["thing"], installed, python=python) == expected
        direct = [Problem("missing", f"{name} is missing") for name in names]
        assert problems(lines, installed, python=python) == direct


def test_cycles_end(tmp_path):
    installed = write(
        tmp_path,
        {
            "a": ("1.0", ["b[x]"]),
            "b": ("1.0", ["a[y]; extra == 'x'", "b[z]; extra == 'x'", "deep; extra == 'z'"]),
        },
    )
    assert problems(["a", "b"], installed, python="3.12.1") == [
        Problem("missing", "deep is missing (b 1.0 requires deep)")
    ]


def test_an_unknown_extra_requires_nothing(small):
    assert problems(["numpy[nothing,slow]"], small, python="3.12.1") == []


@pytest.mark.parametrize(
    ("version", "requirement", "holds"),
    [
        ("2.11.0+cu130", "thing==2.11.0", True),
        ("2.11.0+cu130", "thing<=2.11.0", True),
        ("2.11.0+cu130", "thing>2.11.0", False),
        ("2.11.0", "thing==2.11.0+cu130", False),
        ("2.11.0rc1", "thing>=2.10", True),
        ("2.11.0rc1", "thing>=2.11", False),
        ("2.11.0.dev20260101", "thing", True),
        ("1.0", "thing @ https://example.org/thing-9.0.whl", True),
        ("1.0", "thing@ https://example.org/thing-9.0.whl ; python_version > '3'", True),
        ("1.0", "THING ( >=1.0 )", True),
        ("of last week", "thing", True),
        ("of last week", "thing>=0", False),
    ],
)
def test_versions(tmp_path, version, requirement, holds):
    folder = write_dist_info(tmp_path, "thing", "1.0")
    text = (folder / "METADATA").read_text(encoding="utf-8").replace("Version: 1.0", f"Version: {version}")
    (folder / "METADATA").write_text(text, encoding="utf-8")
    found = problems([requirement], Installed.of_paths([str(tmp_path)]), python="3.12.1")
    assert [problem.kind for problem in found] == ([] if holds else ["conflict"])


def test_a_damaged_distribution_is_missing(tmp_path):
    installed = write(tmp_path, {"thing": ("1.0", ["part"]), "part": ("1.0", [])})
    assert problems(["thing"], installed, python="3.12.1") == []
    (tmp_path / "part-1.0.dist-info" / "METADATA").write_bytes(b"\0" * 64)
    again = Installed.of_paths([str(tmp_path)])
    missing = [Problem("missing", "part is missing (thing 1.0 requires part)")]
    assert problems(["thing"], again, python="3.12.1") == missing
    write_dist_info(tmp_path, "part", "1.1")
    assert problems(["thing"], Installed.of_paths([str(tmp_path)]), python="3.12.1") == []


def test_a_fixed_problem_is_no_longer_reported(tmp_path):
    """Also if the folder's modification time doesn't change."""
    installed = write(tmp_path, {"thing": ("1.0", ["part"]), "part": ("1.0", [])})
    metadata = tmp_path / "part-1.0.dist-info" / "METADATA"
    text = metadata.read_text(encoding="utf-8")
    metadata.unlink()
    for _ in range(2):
        assert len(problems(["thing"], installed, python="3.12.1")) == 1
    metadata.write_text(text, encoding="utf-8")
    assert problems(["thing"], installed, python="3.12.1") == []


def test_a_marker_that_cannot_be_evaluated_is_false(tmp_path):
    installed = write(tmp_path, {"thing": ("1.0", ["part; platform_machine ~= 'elsewhere'"])})
    assert problems(["thing"], installed, python="3.12.1") == []


def test_legacy_metadata(tmp_path):
    """The requirements of an egg are included; invalid lines are skipped, as no package can satisfy them."""
    egg = tmp_path / "egged-1.5.egg-info"
    egg.mkdir()
    (egg / "PKG-INFO").write_text("Metadata-Version: 1.0\nName: egged\nVersion: 1.5\n", encoding="utf-8")
    (egg / "requires.txt").write_text("soxr>=1\n\n[gpu]\ntorch\n", encoding="utf-8")
    write_dist_info(tmp_path, "legacy", "1.0", ["egged[gpu]", "numpy>=1.*", "what is this", "x; nonsense == '1'"])
    assert problems(["legacy"], Installed.of_paths([str(tmp_path)]), python="3.12.1") == [
        Problem("missing", "soxr is missing (egged 1.5 requires soxr>=1)"),
        Problem("missing", "torch is missing (egged 1.5 requires torch)"),
    ]


@pytest.mark.parametrize(
    "line", ["", "what is this", "numpy>=1.*", "--index-url x", "x; nonsense == '1'", "a b", "x[", "x;"]
)
def test_invalid_requirements_are_refused(small, line):
    with pytest.raises(InvalidRequirement):
        Requirement(line)
    with pytest.raises(InvalidRequirement):
        problems([line], small, python="3.12.1")


def test_torchaudio_is_checked_if_torch_is_required(tmp_path):
    """No package requires torchaudio here, but libraries import it if it is installed."""
    installed = write(tmp_path, {"voice": ("1.0", ["torch"]), "torch": ("2.8.0+cpu", []), "torchaudio": ("2.7.1", [])})
    assert problems(["voice"], installed, python="3.12.1") == [
        Problem("torch", "torchaudio 2.7.1 wasn't built for torch 2.8.0+cpu, which is installed")
    ]
    assert problems(["torchaudio"], installed, python="3.12.1") == []
    assert [found.kind for found in problems(["torch>=3"], installed, python="3.12.1")] == ["conflict"]


@pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="needs pip")
def test_the_running_environment():
    """The result equals that of `pip check`."""
    check = [sys.executable, "-m", "pip", "check", "--disable-pip-version-check"]
    answer = subprocess.run(check, capture_output=True, text=True, check=False)
    installed = Installed.of_paths([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    names = list(installed.versions())
    python = ".".join(map(str, sys.version_info[:3]))
    found = [problem for problem in problems(names, installed, python=python) if problem.kind != "torch"]
    assert (found == []) == (answer.returncode == 0), (found, answer.stdout)
    assert problems([*names, "no-such-thing"], installed, python=python)[0].what == "no-such-thing is missing"
