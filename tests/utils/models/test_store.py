"""The model store: the folder that is chosen, its fingerprint, the list of models, and removal."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import filelock
import msgspec
import pytest
from fake_hub import FILES, OTHER_REPO, OTHER_REVISION, REPO, REVISION, model_spec, put, tree
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import ROOT

from voxweft.utils.models.layout import PARTIAL, find_model_files
from voxweft.utils.models.located import LocatedModel
from voxweft.utils.models.store import ModelStore, Removed
from voxweft.utils.settings import Settings
from voxweft.utils.streaming.contract.engine_spec import EngineSpec, ModelSpec, Weights, read_spec
from voxweft.utils.streaming.contract.errors import ModelMissingError
from voxweft.utils.streaming.contract.registry import EngineRegistry

SPEC = model_spec()
needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")


class Machine:
    """Folders of models, and a store on them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.one, self.two, self.home = (root / name for name in ("one", "two", "home"))
        self.hub_cache = root / "hub"
        self.snapshot = self.hub_cache / f"models--{REPO.replace('/', '--')}" / "snapshots" / REVISION

    def store(self, **changes: object) -> ModelStore:
        values: dict[str, object] = {"home": self.home, "digests": self.root / "digests", "hub_cache": self.hub_cache}
        return ModelStore((self.one, self.two), **(values | changes))  # type: ignore[arg-type]

    def put(self, folder: Path, files: Mapping[str, bytes] = FILES) -> Path:
        """Write the model's files into a folder of models, and return their folder."""
        return put(folder / "TTS" / "somevoice", files)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_folders_are_searched_in_order(machine: Machine) -> None:
    store = machine.store()
    put(machine.snapshot)
    assert store.locate(SPEC, "").path == str(machine.snapshot)
    for folder in (machine.home, machine.two, machine.one):
        where = machine.put(folder)
        assert store.locate(SPEC, "one").path == str(where), "it comes before those that were found so far"
    named = put(machine.root / "named")
    assert machine.store(paths={"somevoice": named}).locate(SPEC, "").path == str(named)
    assert machine.store(paths={"another": named}).locate(SPEC, "").path == str(machine.one / "TTS" / "somevoice")


@pytest.mark.parametrize("missing", ["config.json", "model.pth"])
def test_a_folder_with_a_missing_file_is_not_used(machine: Machine, missing: str) -> None:
    machine.put(machine.one, {name: data for name, data in FILES.items() if name != missing})
    (machine.one / "TTS" / "somevoice" / missing).mkdir()
    whole = machine.put(machine.two)
    assert machine.store().locate(SPEC, "").path == str(whole)
    shutil.rmtree(whole)
    with pytest.raises(ModelMissingError) as caught:
        machine.store().locate(SPEC, "")
    lines = str(caught.value).splitlines()
    assert lines[:5] == [
        "the files of model 'one' of engine 'somevoice' are missing. Searched:",
        f"  {machine.one / 'TTS' / 'somevoice'}: missing {missing}",
        f"  {machine.two / 'TTS' / 'somevoice'}: not found",
        f"  {machine.home / 'TTS' / 'somevoice'}: not found",
        f"  {machine.snapshot}: not found",
    ]
    assert "`voxweft models pull somevoice` (0.6 MiB from someone/Voice-1M, license MIT)" in lines[5]
    assert not machine.home.exists(), "looking changes nothing"


def test_the_command_names_a_model_other_than_the_default(machine: Machine) -> None:
    spec = msgspec.structs.replace(
        SPEC, models={"one": ModelSpec(), "two": ModelSpec()}, weights={"two": SPEC.weights["one"]}
    )
    with pytest.raises(ModelMissingError, match="`voxweft models pull somevoice --model two`"):
        machine.store().locate(spec, "two")


def test_an_engine_without_weights(machine: Machine) -> None:
    spec = msgspec.structs.replace(SPEC, weights={})
    assert machine.store().locate(spec, "") == LocatedModel()
    assert machine.store().locate(SPEC, "another") == LocatedModel()
    with pytest.raises(ValueError, match="engine 'somevoice' declares no model files"):
        machine.store(paths={"somevoice": machine.one}).locate(spec, "")
    with pytest.raises(ValueError, match="declares no files of model 'another'; it has one"):
        machine.store().download_folder(SPEC, "another")


def test_the_fingerprint_depends_on_the_content_alone(machine: Machine) -> None:
    put(machine.snapshot)
    found = machine.store().locate(SPEC, "")
    machine.put(machine.one)
    moved = machine.store(digests=machine.root / "other").locate(SPEC, "")
    assert moved.path != found.path
    assert (moved.fingerprint, moved.voices) == (found.fingerprint, found.voices)
    assert len(found.fingerprint) == 32


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.binary(max_size=4), st.binary(max_size=4)).map(
            lambda both: {"config.json": both[0], "model.pth": both[1]}
        ),
        min_size=2,
        max_size=2,
    )
)
def test_other_content_changes_the_fingerprint(
    tmp_path_factory: pytest.TempPathFactory, both: list[dict[str, bytes]]
) -> None:
    machine = Machine(tmp_path_factory.mktemp("machine"))
    fingerprints = []
    for number, files in enumerate(both):
        folder = put(machine.root / str(number), files)
        fingerprints.append(machine.store(paths={"somevoice": folder}).locate(SPEC, "").fingerprint)
    assert (fingerprints[0] == fingerprints[1]) == (both[0] == both[1])


def test_voices_include_the_users_own_files(machine: Machine) -> None:
    folder = machine.put(machine.one, {name: data for name, data in FILES.items() if name != "voices/bert.pt"})
    put(folder, {"voices/mine.pt": b"mine", "voices/notes.txt": b"", "voices/.hidden.pt": b"", "stray.pt": b""})
    (folder / "voices" / "folder.pt").mkdir()
    store = machine.store()
    located = store.locate(SPEC, "")
    assert [name for name, _ in located.voices] == ["anna", "mine"]
    put(folder, {"voices/mine.pt": b"another"})
    changed = store.locate(SPEC, "")
    assert changed.fingerprint == located.fingerprint, "a voice isn't the model"
    assert dict(changed.voices)["anna"] == dict(located.voices)["anna"]
    assert dict(changed.voices)["mine"] != dict(located.voices)["mine"]
    shutil.rmtree(folder / "voices")
    assert store.locate(SPEC, "").voices == ()


def test_the_weights_in_a_named_folder_may_have_any_name(machine: Machine) -> None:
    official = machine.put(machine.one)
    named = put(machine.root / "mine", {"config.json": FILES["config.json"], "finetune.pth": FILES["model.pth"]})
    store = machine.store(paths={"somevoice": named})
    assert store.locate(SPEC, "").fingerprint == machine.store().locate(SPEC, "").fingerprint, "the same content"
    put(named, {"finetune.pth": b"trained further"})
    assert store.locate(SPEC, "").path == str(named), "it needs no digest"
    put(named, {"second.pth": b""})
    with pytest.raises(
        ModelMissingError, match=r"missing model\.pth \(which of finetune\.pth, second\.pth\?\)"
    ) as caught:
        store.locate(SPEC, "")
    assert "the folder given by --model-path: complete it" in str(caught.value)
    assert str(official) not in str(caught.value), "it isn't replaced by another one"
    put(named, {"model.pth": b"this one"})
    store.locate(SPEC, "")
    (named / "config.json").rename(named / "settings.json")
    with pytest.raises(ModelMissingError, match=r"missing config\.json\n"):
        store.locate(SPEC, "")


def test_other_folders_must_have_the_declared_names(machine: Machine) -> None:
    machine.put(machine.one, {"config.json": b"", "finetune.pth": b""})
    with pytest.raises(ModelMissingError, match=r"missing model\.pth"):
        machine.store().locate(SPEC, "")


@needs_links
def test_a_model_in_the_hub_cache_is_found(machine: Machine) -> None:
    blobs = machine.snapshot.parent.parent / "blobs"
    for number, (name, data) in enumerate(FILES.items()):
        put(blobs, {f"etag{number}": data})
        link = machine.snapshot / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(blobs / f"etag{number}", link.parent))
    located = machine.store().locate(SPEC, "")
    assert located.path == str(machine.snapshot)
    assert [name for name, _ in located.voices] == ["anna", "bert"]
    (stored,) = machine.store().stored(registry_of(SPEC))
    assert (stored.origin, stored.n_bytes) == ("hub cache", sum(map(len, FILES.values())))
    (blobs / "etag1").unlink()
    with pytest.raises(ModelMissingError, match=r"missing model\.pth"):
        machine.store().locate(SPEC, "")
    with pytest.raises(ModelMissingError):
        machine.store(hub_cache=None).locate(SPEC, "")


def test_another_revision_in_the_hub_cache_is_not_used(machine: Machine) -> None:
    put(machine.snapshot.with_name("f" * 40))
    with pytest.raises(ModelMissingError):
        machine.store().locate(SPEC, "")


def registry_of(*specs: EngineSpec) -> EngineRegistry:
    registry = EngineRegistry()
    registry.specs = {spec.name: spec for spec in specs}
    return registry


def test_stored_models_are_listed(machine: Machine) -> None:
    registry = registry_of(msgspec.structs.replace(SPEC, name="none", weights={}), SPEC)
    store = machine.store()
    assert store.stored(registry) == []
    machine.put(machine.two)
    where = machine.put(
        machine.home, {"config.json": b"123", f"{PARTIAL}/0123-model.pth": b"4567", "voices/mine.pt": b"8"}
    )
    machine.put(machine.one, {"voices/mine.pt": b""})
    found = store.stored(registry)
    assert [(model.origin, model.complete, model.n_voices) for model in found] == [
        ("folder", True, 2),
        ("pulled", False, 1),
    ]
    assert (found[1].path, found[1].n_bytes) == (str(where), 8)
    assert {(model.engine, model.model) for model in found} == {("somevoice", "one")}
    bad = msgspec.structs.replace(model_spec(folder="../x"), name="bad")
    assert store.stored(registry_of(bad, SPEC)) == found, "a bad declaration hides nothing else"


def test_remove_deletes_only_downloaded_files(machine: Machine) -> None:
    theirs = machine.put(machine.one)
    where = machine.put(machine.home, FILES | {"voices/mine.pt": b"mine", f"{PARTIAL}/0123-model.pth": b"12345"})
    other = put(machine.home / "TTS" / "another", {"model.bin": b""})
    store = machine.store()
    assert store.remove(SPEC, "") == Removed(sum(map(len, FILES.values())) + 5, 0)
    assert tree(where) == {"voices/mine.pt": b"mine"}
    assert other.is_dir()
    assert tree(theirs) == FILES
    with pytest.raises(ValueError, match=rf"nothing of model 'one' .*; it is in {theirs}, which Voxweft doesn't"):
        store.remove(SPEC, "one")


def test_remove_leaves_no_empty_folders(machine: Machine) -> None:
    machine.put(machine.home)
    machine.store().remove(SPEC, "")
    assert not (machine.home / "TTS").exists()
    assert machine.home.exists()


def test_a_model_is_not_removed_during_its_download(machine: Machine) -> None:
    where, store = machine.put(machine.home), machine.store()
    lock = store.lock_path(SPEC, "")
    lock.parent.mkdir(parents=True)
    with filelock.FileLock(lock), pytest.raises(ValueError, match="is being downloaded right now"):
        store.remove(SPEC, "")
    assert tree(where) == FILES
    store.remove(SPEC, "")


@needs_links
def test_remove_follows_no_link_out_of_home(machine: Machine) -> None:
    theirs = put(machine.root / "theirs")
    store = machine.store()
    where = store.download_folder(SPEC, "")
    where.parent.mkdir(parents=True)
    where.symlink_to(theirs)
    with pytest.raises(ValueError, match="is a link out of"):
        store.remove(SPEC, "")
    where.unlink()
    machine.put(machine.home, {"config.json": b"123"})
    (where / "voices").symlink_to(theirs / "voices")
    with pytest.raises(ValueError, match="is a link out of"):
        store.remove(SPEC, "")
    assert (where / "config.json").exists(), "all or nothing"
    (where / "voices").unlink()
    (where / "model.pth").symlink_to(theirs / "model.pth")
    assert store.remove(SPEC, "") == Removed(3, 0), "a linked file is unlinked, and gives nothing back"
    assert tree(theirs) == FILES


def test_a_folder_with_only_voices_is_no_model(machine: Machine) -> None:
    machine.put(machine.one, {"voices/anna.pt": b""})
    with pytest.raises(ModelMissingError):
        machine.store().locate(SPEC, "")


def test_a_store_is_configured_by_the_settings(tmp_path: Path) -> None:
    given_settings = Settings(
        cache_dir=tmp_path / "cache",
        model_folders=(tmp_path / "a", tmp_path / "comfy"),
        models_home=tmp_path / "home",
        hub_cache=tmp_path / "hub",
    )
    machine = Machine(tmp_path)
    store = ModelStore.of(given_settings)
    assert (store.folders, store.home, store.hub_cache) == (
        (tmp_path / "a", tmp_path / "comfy"),
        tmp_path / "home",
        tmp_path / "hub",
    )
    where = machine.put(tmp_path / "comfy")
    os.utime(where / "model.pth", ns=(1, 1))
    assert store.locate(SPEC, "").path == str(where)
    assert list((tmp_path / "cache").iterdir())


def test_every_built_in_declaration_is_valid() -> None:
    specs = [read_spec(file.parent) for file in sorted((ROOT / "engines").glob("*/engine.toml"))]
    store = ModelStore((), home=Path("home"), digests=Path("digests"))
    homes = [store.download_folder(spec, model) for spec in specs for model in spec.weights]
    assert len(set(homes)) == len(homes), "two models would overwrite each other"


def test_only_the_largest_file_may_have_another_name(tmp_path: Path) -> None:
    weights: Weights = SPEC.weights["one"]
    folder = put(tmp_path, {"x.json": b"", "x.pth": b""})
    assert find_model_files(folder, weights, any_name=True).missing == ("config.json",)
    assert find_model_files(folder, weights).missing == ("config.json", "model.pth")


@needs_links
def test_sizes_of_linked_files_are_true(machine: Machine) -> None:
    """Two models with the same weights: neither is removed with the other, and nothing is counted twice."""
    second = msgspec.structs.replace(model_spec(folder="TTS/second"), name="second")
    total, shared = sum(map(len, FILES.values())), len(FILES["model.pth"])
    first_folder, store = machine.put(machine.home), machine.store()
    second_folder = put(machine.home / "TTS" / "second", {n: d for n, d in FILES.items() if n != "model.pth"})
    os.link(first_folder / "model.pth", second_folder / "model.pth")
    found = store.stored(registry_of(SPEC, second))
    assert [(model.n_bytes, model.shared_bytes) for model in found] == [(total, shared)] * 2
    assert store.remove(SPEC, "") == Removed(total - shared, shared)
    assert tree(second_folder) == FILES
    assert [model.shared_bytes for model in store.stored(registry_of(SPEC, second))] == [0]
    assert store.remove(second, "") == Removed(total, 0)


@needs_links
def test_the_same_file_twice_in_a_model_is_counted_once(machine: Machine) -> None:
    files = {"a.bin": FILES["model.pth"], "b.bin": FILES["model.pth"]}
    where = machine.put(machine.home, {"a.bin": FILES["model.pth"]})
    os.link(where / "a.bin", where / "b.bin")
    store, size = machine.store(), len(FILES["model.pth"])
    (found,) = store.stored(registry_of(model_spec(files)))
    assert (found.n_bytes, found.shared_bytes) == (size, 0)
    assert store.remove(model_spec(files), "") == Removed(size, 0)


@needs_links
def test_a_model_of_several_places_is_not_looked_for_in_the_hub_cache(machine: Machine) -> None:
    first, *others = SPEC.weights["one"].files
    elsewhere = msgspec.structs.replace(first, repo=OTHER_REPO, revision=OTHER_REVISION)
    spec = model_spec(files=(elsewhere, *others), voices=())
    put(machine.snapshot)
    with pytest.raises(ModelMissingError) as caught:
        machine.store().locate(spec, "")
    assert str(machine.hub_cache) not in str(caught.value)
    assert f"(0.6 MiB from {REPO} and {OTHER_REPO}, license MIT)" in str(caught.value)
