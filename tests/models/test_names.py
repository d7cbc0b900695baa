"""From a model's name to its file, and what is said of a name that means none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.model_files import write_not_gguf
from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import BadRequest, ModelLoadFailed, ModelNotFound
from threadrunner_kernel.models import ModelRef, resolve
from threadrunner_kernel.models.catalogue import DEMO_FILE, Catalogue
from threadrunner_kernel.models.header import check_magic
from threadrunner_kernel.models.names import find, next_model

GGUF_3 = b"GGUF\x03\x00\x00\x00 and so on"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


def put(path: Path, content: bytes = GGUF_3) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("engine", ["auto", "llama-cpp-python", "llama", "llama.cpp", "llamacpp"])
def test_a_name_means_the_file_in_the_models_folder(folder: Path, engine: str) -> None:
    path = put(folder / "some" / "qwen-0.6b.Q4.gguf")
    put(folder / "other.gguf")
    ref = resolve("qwen-0.6b.Q4", engine, folder)
    assert ref == ModelRef("llama-cpp-python", path)
    assert ref.name == "qwen-0.6b.Q4"


def test_without_a_name_the_only_model_is_meant(folder: Path) -> None:
    path = put(folder / "only.gguf")
    assert resolve(None, "auto", folder).path == path


def test_without_a_name_among_several_none_is_meant(folder: Path) -> None:
    put(folder / "a.gguf")
    put(folder / "b.gguf")
    with pytest.raises(ModelNotFound, match=r"No model is chosen.* There are: a, b, demo\."):
        resolve(None, "auto", folder)


@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("name", [None, "demo"])
def test_without_any_model_the_demo_is_meant(folder: Path, is_there: bool, name: str | None) -> None:
    ref = resolve(name, "auto", folder if is_there else folder / "missing")
    assert ref == ModelRef("llama-cpp-python", DEMO_FILE.resolve(), "demo")
    assert (ref.name, ref.is_demo) == ("demo", True)


def test_the_name_demo_means_the_demo_whatever_else_is_called_so(folder: Path) -> None:
    mine = put(folder / "demo.gguf")
    assert resolve("demo", "auto", folder).is_demo
    # The only one in the folder all the same, by another name.
    assert resolve(None, "auto", folder).path == mine
    assert resolve(str(mine), "auto", folder).path == mine
    assert next_model(Settings(), Catalogue(folder)) == str(mine)


@pytest.mark.parametrize("is_there", [True, False])
def test_without_even_the_demo_it_says_where_to_put_a_model(folder: Path, is_there: bool) -> None:
    folder = folder if is_there else folder / "missing"
    bare = Catalogue(folder, demo_file=folder / "no-demo.gguf")
    with pytest.raises(ModelNotFound, match=re.escape(f"There is none in {folder} yet")):
        find(None, bare)
    with pytest.raises(ModelNotFound, match="There is no model 'demo'"):
        find("demo", bare)
    assert next_model(Settings(), bare) is None


def test_where_there_is_the_demo_only_the_way_to_a_real_one_is_told(folder: Path) -> None:
    with pytest.raises(ModelNotFound, match=r"fetch one with `threadrunner pull ORG/REPO`.* Until then demo is there"):
        resolve("qwen", "auto", folder)


@pytest.mark.parametrize(
    ("settings", "name"), [(Settings(model="qwen"), "qwen"), (Settings(engine="dummy"), "dummy"), (Settings(), "demo")]
)
def test_what_the_next_prompt_asks_can_be_told(folder: Path, settings: Settings, name: str) -> None:
    assert next_model(settings, Catalogue(folder)) == name


def test_a_path_means_that_file_wherever_it_is(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path / "elsewhere" / "m.gguf")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (str(path), "elsewhere/m.gguf", "./elsewhere/m.gguf", "~/elsewhere/m.gguf"):
        assert resolve(name, "auto", folder).path == path


def test_a_link_and_its_target_are_one_model_called_as_it_was_asked_for(folder: Path, tmp_path: Path) -> None:
    path = put(tmp_path / "m.gguf")
    (folder / "link.gguf").symlink_to(path)
    by_link, by_path = resolve("link", "auto", folder), resolve(str(path), "auto", folder)
    assert by_link == by_path
    assert len({by_link, by_path}) == 1
    assert (by_link.name, by_path.name) == ("link", "m")


def test_an_unknown_name_is_answered_with_the_nearest_and_the_known(folder: Path) -> None:
    put(folder / "llama.gguf")
    put(folder / "qwen-0.6b.gguf")
    with pytest.raises(ModelNotFound) as caught:
        resolve("qwen-0.6", "auto", folder)
    assert caught.value.message == "There is no model 'qwen-0.6'. There are: qwen-0.6b, demo, llama."
    assert caught.value.param == "model"


@pytest.mark.parametrize("name", ["/nowhere/m.gguf", "missing.gguf", "~no-such-user-here/m.gguf"])
def test_a_path_to_nothing_is_answered_with_the_path_and_the_known(folder: Path, name: str) -> None:
    put(folder / "known.gguf")
    with pytest.raises(ModelNotFound) as caught:
        resolve(name, "auto", folder)
    assert f"There is no model file {name}" in caught.value.message
    assert "known" in caught.value.message


@pytest.mark.parametrize(
    ("model", "engine"), [("dummy", "auto"), ("dummy", "dummy"), (None, "dummy"), ("/nowhere/m.gguf", "dummy")]
)
def test_the_dummy_needs_no_file(folder: Path, model: str | None, engine: str) -> None:
    ref = resolve(model, engine, folder)
    assert ref == ModelRef("dummy")
    assert ref.name == "dummy"


def test_a_model_file_called_dummy_can_be_had_by_its_engine(folder: Path) -> None:
    path = put(folder / "dummy.gguf")
    assert resolve("dummy", "llama-cpp-python", folder).path == path


def test_an_unknown_engine_is_answered_with_the_nearest(folder: Path) -> None:
    with pytest.raises(BadRequest) as caught:
        resolve(None, "dumy", folder)
    assert "Did you mean 'dummy'?" in caught.value.message
    assert caught.value.param == "engine"


@pytest.mark.parametrize("version", [2, 3])
def test_the_gguf_versions_in_use_are_accepted(tmp_path: Path, version: int) -> None:
    check_magic(put(tmp_path / "m.gguf", b"GGUF" + version.to_bytes(4, "little")))


@pytest.mark.parametrize("version", [0, 1, 4, 3 << 24])
def test_another_gguf_version_is_refused_by_its_number(tmp_path: Path, version: int) -> None:
    with pytest.raises(ModelLoadFailed, match=f"version {version};"):
        check_magic(put(tmp_path / "m.gguf", b"GGUF" + version.to_bytes(4, "little")))


@pytest.mark.parametrize("content", [b"", b"GGUF", b"GGUF\x03\x00\x00", b"GGML\x03\x00\x00\x00", b"\x00" * 64])
def test_a_file_that_is_no_gguf_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ModelLoadFailed, match="is not a GGUF model file"):
        check_magic(put(tmp_path / "m.gguf", content))


def test_a_page_saved_under_a_models_name_is_refused(folder: Path) -> None:
    write_not_gguf(folder / "page.gguf")
    with pytest.raises(ModelLoadFailed, match="download it again"):
        resolve("page", "auto", folder)


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadFailed, match=r"cannot be read \(Is a directory\)"):
        check_magic(tmp_path)
