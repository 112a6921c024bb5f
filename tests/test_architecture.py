"""Rules for the whole code: import direction, cycles, folder sizes, and forbidden calls."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parent.parent
NOT_PRODUCT = {"tests", "scripts", "benchmarks", "build", "dist"}
MAX_FOLDER_SHARE = 0.2
"""Maximum share of the package's lines in one top-level folder."""

# The modules that each top-level folder may import. Engines and helpers run in a worker process, so they may import
# only the types of the contract from the rest.
CONTRACT = "utils.streaming.contract"
SERVER_ENTRY_POINTS = {"server.installed", "server.serving", "server.service.settings"}
ALLOWED = {
    "text": {"text", "utils.suggestions", CONTRACT},
    "media": {"media", "text", "utils.atomic_file", CONTRACT},
    "utils": {"utils"},
    "engines": {"engines", "text", "media", "utils.streaming", "utils.suggestions", CONTRACT},
    "helpers": {"helpers", "media", "utils.models", CONTRACT},
    "jobs": {"jobs", "text", "media", "utils"},
    # Only the server's entry points: nodes start an embedded server, but don't depend on its work.
    "nodes": {"nodes", "jobs", "text", "media", "utils", *SERVER_ENTRY_POINTS},
    "server": {"", "server", "jobs", "text", "media", "utils"},
    "cli": {"", "cli", "jobs", "text", "media", "utils", "server.service.log", *SERVER_ENTRY_POINTS},
    "__main__": {"cli"},
    "": {"nodes", "jobs"},
}
STRATA = ("contract", "worker child", "scheduling", "loading", "")
"""The layers of utils/streaming, lowest first: a layer imports itself and lower ones. The last is the folder itself."""
FORBIDDEN = {"pickle", "marshal", "shelve", "multiprocessing", "dill", "cloudpickle", "joblib"}
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.putenv", "os.unsetenv"}
FORBIDDEN_CALLS = {"os.fork", "os.forkpty", "os.system", "os.popen"}
SAFE = {"shell": "False", "allow_pickle": "False", "weights_only": "True"}
MAY_READ_ENVIRONMENT = {
    "nodes/comfy/embedded_server.py",
    "utils/settings.py",
    "utils/streaming/child/main.py",
    "utils/streaming/worker/process.py",
}
MAY_START_PROCESSES = {"utils/environments/program.py", "utils/streaming/worker/process.py"}
BUILDERS = {"jobs.install.build", "jobs.install.fill", "jobs.install.uv_installer"}
"""The modules that change environments: only on a user's command, never for another job or in a worker."""


class Import(NamedTuple):
    """One import: `level` dots, the `module` after them, and one of the imported names."""

    line: int
    level: int
    module: str
    name: str


def files() -> list[Path]:
    """Return the project's files: those that git tracks or would track, else (in a copy) all that no tool generates."""
    listing = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=False,
    )
    if listing.returncode == 0 and listing.stdout:
        found = [ROOT / name for name in listing.stdout.decode().split("\0") if name]
    else:
        found = [
            file
            for file in ROOT.rglob("*")
            if not any(
                part.startswith(".venv") or part in {"__pycache__", ".git", ".check", ".hypothesis", "build", "dist"}
                for part in file.relative_to(ROOT).parts
            )
            and ".egg-info" not in str(file.relative_to(ROOT))
        ]
    return sorted(file for file in found if file.is_file())


FILES = files()
MODULES = [file for file in FILES if file.suffix == ".py" and file.relative_to(ROOT).parts[0] not in NOT_PRODUCT]
"""The modules of the package."""


def where(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def imports_of(tree: ast.AST) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node.lineno, 0, alias.name, "")
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield Import(node.lineno, node.level, node.module or "", alias.name)


@cache
def parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def own_names() -> set[str]:
    """Return the top-level names of the package: an absolute import would find the host's module, or nothing."""
    return {"voxweft"} | {where(file).split("/")[0].removesuffix(".py") for file in MODULES} - {"__init__"}


def target(file: Path, imported: Import) -> str:
    """Return the target of a relative import, as a dotted name from the package's root."""
    folder = list(file.relative_to(ROOT).parts[:-1])
    steps_up = imported.level - 1
    assert steps_up <= len(folder), f"{where(file)}:{imported.line} leaves the package"
    parts = folder[: len(folder) - steps_up] + (imported.module.split(".") if imported.module else [])
    base = ROOT.joinpath(*parts)
    if (base / imported.name).is_dir() or (base / f"{imported.name}.py").is_file():
        parts.append(imported.name)
    return ".".join(parts)


def part_of(file: Path) -> str:
    first = where(file).split("/")[0].removesuffix(".py")
    return "" if first == "__init__" else first


def within(name: str, allowed: set[str]) -> bool:
    return any(name == part or (part and name.startswith(part + ".")) for part in allowed)


def test_the_modules_are_found() -> None:
    parts = {part_of(file) for file in MODULES}
    assert {"", "__main__", "cli", "engines", "jobs", "nodes", "utils"} <= parts
    assert len(MODULES) > 60
    assert {"utils", "nodes", "cli", "engines", "jobs", "voxweft"} <= own_names()


def test_imports_inside_the_package_are_relative() -> None:
    own = own_names()
    absolute = [
        f"{where(file)}:{i.line} {i.module}"
        for file in MODULES
        for i in imports_of(parse(file))
        if not i.level and i.module.split(".")[0] in own
    ]
    # A worker starts outside of the package, and then imports it under its name.
    (exception,) = [found for found in absolute if found.endswith(" voxweft.utils.streaming.child.serve")]
    assert exception.startswith("utils/streaming/child/main.py:")
    assert [found for found in absolute if found != exception] == []


def test_imports_run_one_way() -> None:
    assert [
        f"{where(file)}:{i.line} {target(file, i)}"
        for file in MODULES
        for i in imports_of(parse(file))
        if i.level and not within(target(file, i), ALLOWED[part_of(file)])
    ] == []


def graph() -> dict[str, set[str]]:
    """Return the imported modules of each module, by path."""
    edges: dict[str, set[str]] = {where(file): set() for file in MODULES}
    for file in MODULES:
        for i in imports_of(parse(file)):
            if i.level:
                path = target(file, i).replace(".", "/")
                module = f"{path}.py" if f"{path}.py" in edges else f"{path}/__init__.py".lstrip("/")
                edges[where(file)].add(module)
    return edges


def cycles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Return the strongly connected components of more than one node (Tarjan)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        order[node] = low[node] = len(order)
        stack.append(node)
        for other in edges.get(node, ()):
            if other not in order:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], order[other])
        if low[node] == order[node]:
            component = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(component) > 1:
                found.append(sorted(component))

    for node in edges:
        if node not in order:
            visit(node)
    return found


def folder_graph(edges: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return the imported folders of each folder.

    Two kinds of import don't count: an `__init__.py` that exports names of its subfolders, and imports of the package's
    root.
    """
    folders: dict[str, set[str]] = {}
    for module, imported in edges.items():
        own = module.rpartition("/")[0]
        for other in imported:
            folder = other.rpartition("/")[0]
            exports = module.endswith("__init__.py") and f"{folder}/".startswith(f"{own}/")
            if own and folder and folder != own and not exports:
                folders.setdefault(own, set()).add(folder)
    return folders


def test_cycles_are_found() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert folder_graph({"a/__init__.py": {"a/b/x.py"}, "a/b/x.py": {"a/y.py"}}) == {"a/b": {"a"}}


def test_no_modules_import_each_other_in_a_cycle() -> None:
    assert cycles(graph()) == []


def test_no_folders_import_each_other_in_a_cycle() -> None:
    assert cycles(folder_graph(graph())) == []


def stratum(module: str) -> int | None:
    """Return the layer of a module of utils/streaming; None for other modules."""
    parts = module.split("/")
    if parts[:2] != ["utils", "streaming"]:
        return None
    folder = parts[2] if len(parts) > 3 else ""
    return next(number for number, layer in enumerate(STRATA) if folder in layer.split() or folder == layer)


def test_the_streaming_core_has_layers() -> None:
    wrong = []
    for module, imported in graph().items():
        for other in imported:
            own, others = stratum(module), stratum(other)
            # `utils/streaming/__init__.py` exports the contract to adapters, so it counts as part of the contract.
            exported = "utils/streaming/__init__.py" in {module, other}
            if own is not None and others is not None and others > own and not exported:
                wrong.append(f"{module} -> {other}")
    assert wrong == []


def test_no_folder_has_a_large_share_of_the_code() -> None:
    sizes: dict[str, int] = {}
    for file in MODULES:
        sizes[part_of(file)] = sizes.get(part_of(file), 0) + len(file.read_text(encoding="utf-8").splitlines())
    total = sum(sizes.values())
    assert {folder: n for folder, n in sizes.items() if n > MAX_FOLDER_SHARE * total} == {}


def test_tests_mirror_the_folders() -> None:
    """Each folder of tests is a folder of the package (or of the developers' tools), and holds tests."""
    not_mirrored = {"data", "fakes", "support", "benchmarks", "real", "clients"}
    folders = {
        file.relative_to(ROOT / "tests").parent
        for file in FILES
        if file.name.startswith("test_") and file.is_relative_to(ROOT / "tests")
    }
    assert {
        f.as_posix() for f in folders if f.parts and f.parts[0] not in not_mirrored and not (ROOT / f).is_dir()
    } == set()
    assert len(folders) > 20


def test_only_the_engine_itself_imports_its_code() -> None:
    """Code in engines/ and helpers/ runs only in a worker."""
    wrong = []
    of_one_engine = {f"engines.{file.parent.name}" for file in (ROOT / "engines").glob("*/engine.toml")}
    for file in MODULES:
        own_folder = ".".join(file.relative_to(ROOT).parts[:-1][:2])
        for i in imports_of(parse(file)):
            name = target(file, i) if i.level else ""
            is_shared = own_folder.startswith("engines") and not within(name, of_one_engine | {"helpers"})
            if within(name, {"engines", "helpers"}) and not (is_shared or within(name, {own_folder} - {"engines"})):
                wrong.append(f"{where(file)}:{i.line} {name}")
    assert wrong == []


def test_only_a_worker_imports_by_a_name_that_it_receives() -> None:
    importers = {"importlib.import_module", "importlib.__import__", "__import__", "import_module"}
    users = {
        where(file)
        for file in MODULES
        for node in ast.walk(parse(file))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in importers
    }
    # Kokoro's G2P modules import packages by name, to report the command that installs a missing one.
    assert users == {"utils/streaming/child/serve.py", "engines/kokoro/g2p/required_import.py"}


def test_relative_imports_are_resolved_correctly() -> None:
    """The rules above depend on `target` and `within`; this checks each form that occurs."""
    streaming = ROOT / "utils" / "streaming" / "runtime.py"
    assert target(streaming, Import(1, 2, "cache.key", "SegmentKeys")) == "utils.cache.key"
    assert target(streaming, Import(1, 1, "worker", "protocol")) == "utils.streaming.worker.protocol"
    assert target(ROOT / "cli" / "__init__.py", Import(1, 2, "", "__version__")) == ""
    assert target(ROOT / "cli" / "dub.py", Import(1, 2, "", "jobs")) == "jobs"
    assert target(ROOT / "__main__.py", Import(1, 1, "cli", "main")) == "cli"
    assert not within("engines.espeak.adapter", ALLOWED["utils"])
    assert not within("jobs.speak", ALLOWED["utils"])
    assert within("utils.streaming.contract.engine_spec", ALLOWED["text"])


def test_an_external_engine_imports_only_the_adapter_interface() -> None:
    external = [f for f in FILES if f.name == "adapter.py" and part_of(f) in {"benchmarks", "tests"}]
    assert len(external) > 3
    for file in external:
        named = {i.module for i in imports_of(parse(file)) if i.module.split(".")[0] in own_names()}
        assert named == {"voxweft.engines"}, where(file)


def findings(file: Path) -> Iterator[str]:
    """Yield the imports and calls that pickle, fork, or pass a command to a shell."""
    tree = parse(file)
    for i in imports_of(tree):
        if not i.level and i.module.split(".")[0] in FORBIDDEN:
            yield f"{where(file)}:{i.line} import {i.module}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in FORBIDDEN_CALLS:
            yield f"{where(file)}:{node.lineno} {ast.unparse(node)}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in FORBIDDEN:
            yield f"{where(file)}:{node.lineno} {node.value!r}"
        elif isinstance(node, ast.keyword) and ast.unparse(node.value) != SAFE.get(node.arg, ast.unparse(node.value)):
            yield f"{where(file)}:{node.lineno} {ast.unparse(node)}"


def test_nothing_pickles_or_forks() -> None:
    assert [found for file in MODULES for found in findings(file)] == []


def reads_environment(file: Path) -> list[str]:
    tree = parse(file)
    named = [i for i in imports_of(tree) if i.module == "os" and f"os.{i.name}" in ENVIRONMENT]
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and ast.unparse(node) in ENVIRONMENT]
    return [f"{where(file)}:{i.line}" for i in named] + [f"{where(file)}:{node.lineno}" for node in used]


def test_the_environment_is_read_in_few_places() -> None:
    readers = [found for file in MODULES for found in reads_environment(file)]
    assert {found.partition(":")[0] for found in readers} >= MAY_READ_ENVIRONMENT
    assert [found for found in readers if found.partition(":")[0] not in MAY_READ_ENVIRONMENT] == []


def test_nothing_changes_the_environment() -> None:
    for name in MAY_READ_ENVIRONMENT:
        source = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"environ(?:\[[^]]*\]\s*=[^=]|\.(?:update|setdefault|pop|clear|popitem)\()", source)


def test_processes_are_started_in_few_places() -> None:
    """A registry's scanner submits each of them to manual review."""
    starters = {
        where(file)
        for file in MODULES
        if re.search(r"^\s*import subprocess|subprocess_exec|create_subprocess", file.read_text(), re.MULTILINE)
    }
    assert starters == MAY_START_PROCESSES


def test_only_the_command_line_builds_environments() -> None:
    users = {
        where(file)
        for file in MODULES
        for i in imports_of(parse(file))
        if i.level and within(target(file, i), BUILDERS) and not where(file).startswith("jobs/install/")
    }
    assert users
    assert {name for name in users if not name.startswith("cli/")} == set()


def test_modules_have_docstrings() -> None:
    firsts = {where(file): (ast.get_docstring(parse(file)) or "").partition("\n")[0] for file in MODULES}
    assert {name: first for name, first in firsts.items() if not first.endswith((".", "!", "?"))} == {}


def test_every_exception_is_an_error_of_the_package() -> None:
    """`except voxweft.Error` catches all errors of the package. Names are unique, and defined in modules `errors`."""
    bases: dict[str, list[str]] = {}
    places: dict[str, list[str]] = {}
    for file in MODULES:
        for node in ast.walk(parse(file)):
            if isinstance(node, ast.ClassDef):
                names = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
                if node.name == "Error" or any(name.endswith(("Error", "Exception")) for name in names):
                    bases.setdefault(node.name, []).extend(names)
                    places.setdefault(node.name, []).append(where(file))

    def is_ours(name: str) -> bool:
        return name == "Error" or any(is_ours(base) for base in bases.get(name, ()))

    # The command line raises this for a signal; it is no error.
    assert {name for name in bases if not is_ours(name)} == {"_TerminatedError"}
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
    elsewhere = {found for files in places.values() for found in files if not found.endswith("errors.py")}
    assert elsewhere == {"cli/console.py", "server/client.py"}


def test_annotations_are_not_evaluated_at_import() -> None:
    """The oldest Python is 3.10, and imports for the type checker must cost nothing at run time."""
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.AnnAssign)
    assert [
        where(file)
        for file in MODULES
        if any(isinstance(node, definitions) for node in parse(file).body)
        and not any(i.module == "__future__" and i.name == "annotations" for i in imports_of(parse(file)))
    ] == []


# Concatenated, so that this file doesn't match the pattern.
_MACHINE_PATH = re.compile(
    r"(?<![\w.~$}/-])/(?:" + "|".join(("home", "root", "work", "Users")) + r")/[\w.-]+|[A-Z]:\\Users\\", re.ASCII
)


def texts() -> Iterator[tuple[str, str]]:
    for file in FILES:
        data = file.read_bytes()
        if b"\0" not in data:
            yield where(file), data.decode("utf-8", "replace")


def test_no_path_of_a_machine_is_in_any_file() -> None:
    assert _MACHINE_PATH.search("see /" + "home/ann/x.py")
    assert _MACHINE_PATH.search('"/' + 'work/main"')
    assert not _MACHINE_PATH.search("https://example.org/" + "home/ann")
    found = [(name, match[0]) for name, text in texts() for match in _MACHINE_PATH.finditer(text)]
    assert not found


PAGES = [file for file in FILES if file.suffix == ".md" and (file.parent == ROOT or where(file).startswith("docs/"))]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as on GitHub."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ +(.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=where)
def test_links_in_the_docs_have_a_target(page: Path) -> None:
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "", text)
    broken = []
    for link in re.findall(r"\]\(<?([^)>\s]+)>?[^)]*\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        linked = (page.parent / unquote(path)).resolve() if path else page
        if not linked.exists() or (anchor and anchor not in anchors(linked)):
            broken.append(link)
    assert not broken


def test_the_readme_is_checked_and_short() -> None:
    assert ROOT / "README.md" in PAGES
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 150


def test_the_promises_name_tests_that_exist() -> None:
    promises = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## Promises")[2]
    table = promises.partition("\n## ")[0]
    named = set(re.findall(r"\btests/[\w/]+\.py", table))
    assert len(named) > 5
    assert {name for name in named if not (ROOT / name).is_file()} == set()


def test_the_folders_in_the_docs_exist() -> None:
    drawing = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split("```")[1]
    named = re.findall(r"^([\w.]+(?:/\w+)*/?)  ", drawing, re.MULTILINE)
    assert "utils/streaming/" in named
    assert not [name for name in named if not (ROOT / name).exists()]
    top = {where(file).split("/")[0] for file in MODULES if "/" in where(file)}
    assert not {folder for folder in top if not any(name.startswith(folder) for name in named)}


def test_no_module_next_to_the_worker_script_shadows_the_standard_library() -> None:
    """Run by path, a script's own folder comes first on sys.path until the script takes it away."""
    siblings = {file.stem for file in MODULES if file.parent == ROOT / "utils" / "streaming"}
    assert not siblings & {"os", "sys", "importlib", "msvcrt", "site", "encodings", "codecs"}
    assert siblings & set(sys.stdlib_module_names) == set()
