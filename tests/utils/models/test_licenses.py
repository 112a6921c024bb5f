"""Licenses of weights: which need acceptance, what they forbid, and what the user has accepted."""

from __future__ import annotations

import json
import shlex
import sys
import threading
from pathlib import Path

import msgspec
import pytest
from fake_hub import REPO, model_spec
from hypothesis import given
from hypothesis import strategies as st

from voxweft.utils.models.licenses import FILE, Licenses, is_permissive, plain, terms_of
from voxweft.utils.streaming.contract.engine_spec import EngineSpec, ModelSpec
from voxweft.utils.streaming.contract.errors import LicenseNotAcceptedError, ModelMissingError

PAGE = f"https://huggingface.co/{REPO}"


def spec_with(license_name: str, *, gated: bool = False, **changes: object) -> EngineSpec:
    spec = model_spec(license=license_name, **changes)
    return msgspec.structs.replace(spec, models={"one": ModelSpec(gated=gated), "two": ModelSpec()})


@pytest.mark.parametrize(
    "name",
    [
        "MIT",
        "mit",
        "Apache-2.0",
        "BSD-3-Clause",
        "bsd",
        "0BSD",
        "CC0-1.0",
        "CC-BY-4.0",
        "Unlicense",
        "ISC",
        "MIT AND CC-BY-4.0",
        "(MIT OR Apache-2.0) AND ISC",
    ],
)
def test_permissive_licenses_need_no_acceptance(name: str, tmp_path: Path) -> None:
    assert is_permissive(name)
    terms = terms_of(spec_with(name), "")
    assert (terms.need_acceptance, terms.summary) == (False, name)
    assert terms.command == "voxweft models pull somevoice"
    licenses = Licenses(tmp_path / "home")
    licenses.check(terms)
    licenses.accept(terms)
    assert not (tmp_path / "home").exists(), "nothing to keep"


@pytest.mark.parametrize(
    ("name", "limits", "commercial"),
    [
        ("CC-BY-NC-4.0", "no commercial use", False),
        ("CC-BY-NC-SA-4.0", "no commercial use, changed copies only under the same license", False),
        ("CC-BY-NC-ND-4.0", "no commercial use, no changed copies", False),
        ("CC-BY-SA-4.0", "changed copies only under the same license", True),
        ("AGPL-3.0-only", "changed copies only under the same license", True),
        ("OpenRAIL-M", "not for the uses that it lists", True),
        ("creativeml-openrail-m", "not for the uses that it lists", True),
        ("Some Non-Commercial License", "no commercial use", False),
        ("some-research-license", "no commercial use", False),
        ("bilibili", "", True),
        ("MITSUBISHI", "", True),
        ("MIT AND CC-BY-NC-4.0", "no commercial use", False),
        ("once-sad-nd2-trailer", "", True),
    ],
)
def test_other_licenses_need_it(name: str, limits: str, commercial: bool) -> None:
    terms = terms_of(spec_with(name), "")
    assert (terms.need_acceptance, terms.limits) == (True, limits)
    assert spec_with(name).facts("").commercial is commercial


def test_the_error_names_the_license_and_the_command(tmp_path: Path) -> None:
    spec = msgspec.structs.replace(spec_with("CC-BY-NC-4.0"), weights={"two": model_spec().weights["one"]})
    spec = msgspec.structs.replace(spec, models={"one": ModelSpec(), "two": ModelSpec(license="CC-BY-NC-4.0")})
    with pytest.raises(LicenseNotAcceptedError) as caught:
        Licenses(tmp_path).check(terms_of(spec, "two"))
    assert str(caught.value) == (
        "the license of model 'two' of engine 'somevoice' must be accepted before its download: CC-BY-NC-4.0 "
        f"(no commercial use), {PAGE}; read it, then run `voxweft models pull somevoice --model two "
        "--accept-license cc-by-nc-4.0`"
    )
    assert isinstance(caught.value, ModelMissingError), "every face shows it like missing files"
    assert terms_of(spec_with('Two "$Words"`x`'), "").command.endswith('--accept-license "two words x"')
    assert plain("  A \n b") == "a b"


@given(st.text(max_size=30))
def test_the_command_names_any_license(name: str) -> None:
    terms = terms_of(spec_with(name), "")
    words = shlex.split(terms.command)
    assert terms.license
    if terms.need_acceptance:
        assert words[:-1] == ["voxweft", "models", "pull", "somevoice", "--accept-license"]
        assert plain(words[-1]) == words[-1] == plain(terms.license)
        assert not words[-1].startswith("-")
    else:
        assert words == ["voxweft", "models", "pull", "somevoice"]


def test_an_acceptance_is_kept_for_all_models_with_the_license(tmp_path: Path) -> None:
    Licenses(tmp_path).accept(terms_of(spec_with("CC-BY-NC-4.0"), ""))
    assert json.loads((tmp_path / FILE).read_text()) == {"accepted": ["cc-by-nc-4.0"]}
    licenses = Licenses(tmp_path)
    assert licenses.accepts(terms_of(spec_with("cc-by-nc-4.0", repo="other/model"), ""))
    assert not licenses.accepts(terms_of(spec_with("CC-BY-NC-SA-4.0"), ""))
    licenses.accept(terms_of(spec_with("CC-BY-NC-SA-4.0"), ""))
    assert Licenses(tmp_path).accepts(terms_of(spec_with("CC-BY-NC-4.0"), "")), "the first one is still there"


@pytest.mark.parametrize(("name", "gated"), [("other", False), ("CC-BY-4.0", True)])
def test_other_terms_are_accepted_for_one_repository(tmp_path: Path, name: str, gated: bool) -> None:
    terms = terms_of(spec_with(name, gated=gated), "")
    assert terms.summary == f"{name} (gated)" if gated else name
    Licenses(tmp_path).accept(terms)
    assert Licenses(tmp_path).accepts(terms)
    assert not Licenses(tmp_path).accepts(terms_of(spec_with(name, gated=gated, repo="other/model"), ""))
    assert Licenses(tmp_path, [name.upper()]).accepts(terms_of(spec_with(name, gated=gated, repo="other/model"), ""))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"accepted": 3}', b"{}", b"\xff", b'{"accepted": [1]}'])
def test_a_damaged_file_accepts_nothing_and_is_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    terms = terms_of(spec_with("CC-BY-NC-4.0"), "")
    assert not Licenses(tmp_path).accepts(terms)
    Licenses(tmp_path).accept(terms)
    assert Licenses(tmp_path).accepts(terms)


def test_two_at_once_lose_nothing(tmp_path: Path) -> None:
    names = [f"cc-by-nc-{number}.0" for number in range(8)]
    threads = [
        threading.Thread(target=Licenses(tmp_path).accept, args=(terms_of(spec_with(name), ""),)) for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert json.loads((tmp_path / FILE).read_text()) == {"accepted": names}


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.json"
    theirs.write_text("{}")
    home = tmp_path / "home"
    home.mkdir()
    (home / FILE).symlink_to(theirs)
    Licenses(home).accept(terms_of(spec_with("CC-BY-NC-4.0"), ""))
    assert theirs.read_text() == "{}"
    assert Licenses(home).accepts(terms_of(spec_with("CC-BY-NC-4.0"), ""))
