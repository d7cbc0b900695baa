"""Removing: all of a model and nothing else, and never what another program has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models.files import put, put_in_hugging_face_cache
from threadrunner_kernel.errors import BadRequest, ModelNotFound
from threadrunner_kernel.models.catalogue import DEMO_FILE, Catalogue
from threadrunner_kernel.models.removal import plan, remove


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "home" / "models"
    folder.mkdir(parents=True)
    return folder


def catalogue(folder: Path, **aliases: str) -> Catalogue:
    return Catalogue(folder, {"HOME": str(folder.parent.parent)}, aliases)


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_all_parts_go_and_the_folders_that_are_then_empty(folder: Path) -> None:
    place = folder / "org" / "Big-GGUF"
    for number in (1, 2, 3):
        put(place / "Q4_K_M" / f"big-Q4_K_M-0000{number}-of-00003.gguf")
    put(place / "Q4_K_M" / ".big-Q4_K_M-00002-of-00003.gguf.0123.part", b"left")
    put(place / "Q4_K_M" / ".big-Q4_K_M-00003-of-00003.gguf.sha256", b"noted")
    put(place / ".pull.lock", b"")
    put(folder / "other.gguf")
    removal = plan("big-Q4_K_M", catalogue(folder))
    assert len(removal.files) == 3
    remove(removal, folder)
    assert files(folder) == {"other.gguf"}
    remove(plan("other", catalogue(folder)), folder)
    assert folder.is_dir()


def test_a_neighbour_stays(folder: Path) -> None:
    for name in ("a-Q4_0.gguf", "a-Q8_0.gguf", ".a-Q8_0.gguf.0123.part"):
        put(folder / "org" / "A-GGUF" / name)
    remove(plan("a-Q4_0", catalogue(folder)), folder)
    assert files(folder) == {"org", "org/A-GGUF", "org/A-GGUF/a-Q8_0.gguf", "org/A-GGUF/.a-Q8_0.gguf.0123.part"}


def test_of_a_link_the_link_goes(folder: Path, tmp_path: Path) -> None:
    target = put(tmp_path / "elsewhere" / "m.gguf")
    (folder / "link.gguf").symlink_to(target)
    remove(plan("link", catalogue(folder)), folder)
    assert (files(folder), target.is_file()) == (set(), True)


@pytest.mark.parametrize("name", ["theirs-Q4_0", "org/Theirs-GGUF", "mine"])
def test_what_another_program_has_stays(folder: Path, tmp_path: Path, name: str) -> None:
    path = put_in_hugging_face_cache(tmp_path / ".cache/huggingface/hub", "org/Theirs-GGUF", "theirs-Q4_0.gguf")
    with pytest.raises(BadRequest, match="belongs to Hugging Face: only what is in"):
        plan(name, catalogue(folder, mine="theirs-Q4_0"))
    assert path.is_file()


def test_what_lies_in_a_linked_folder_stays(folder: Path, tmp_path: Path) -> None:
    target = put(tmp_path / "disk" / "far.gguf")
    (folder / "link").symlink_to(tmp_path / "disk")
    with pytest.raises(BadRequest, match=f"far is in {tmp_path}/disk, to which {folder} only links: remove it there"):
        plan("far", catalogue(folder))
    assert target.is_file()


def test_a_models_folder_that_is_a_link_itself_is_ours(tmp_path: Path) -> None:
    path = put(tmp_path / "disk" / "m.gguf")
    link = tmp_path / "models"
    link.symlink_to(tmp_path / "disk")
    remove(plan("m", Catalogue(link, {"HOME": str(tmp_path)}, {})), link)
    assert not path.exists()


def test_a_file_of_the_users_elsewhere_stays(folder: Path, tmp_path: Path) -> None:
    path = put(tmp_path / "elsewhere" / "m.gguf")
    with pytest.raises(BadRequest, match="only what is in"):
        plan(str(path), catalogue(folder))


@pytest.mark.parametrize("by", ["name", "path", "alias", "repository"])
def test_ours_goes_by_whatever_it_is_called(folder: Path, by: str) -> None:
    path = put(folder / "org" / "A-GGUF" / "a-Q4_0.gguf")
    names = {"name": "a-Q4_0", "path": str(path), "alias": "mine", "repository": "org/A-GGUF"}
    assert plan(names[by], catalogue(folder, mine="a-Q4_0")).files == (path,)


def test_what_is_loaded_stays(folder: Path, tmp_path: Path) -> None:
    target = put(tmp_path / "elsewhere" / "m.gguf")
    (folder / "link.gguf").symlink_to(target)
    with pytest.raises(BadRequest, match="link is loaded"):
        plan("link", catalogue(folder), {str(target)})


def test_what_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(ModelNotFound):
        plan("nothing", catalogue(folder))


@pytest.mark.parametrize("by", ["name", "path", "alias"])
def test_the_demo_stays(folder: Path, by: str) -> None:
    names = {"name": "demo", "path": str(DEMO_FILE), "alias": "mine"}
    with pytest.raises(BadRequest, match=r"ships with ThreadRunner and goes with it"):
        plan(names[by], catalogue(folder, mine="demo"))
