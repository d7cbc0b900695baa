"""What models there are and by which names, also those of other programs; nothing there is ever written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from gguf import GGUFWriter

from tests.models.files import put, put_in_hugging_face_cache, put_in_ollama
from threadrunner_kernel.errors import BadSetting, ModelLoadFailed, ModelNotFound
from threadrunner_kernel.models import resolve
from threadrunner_kernel.models.catalogue import Catalogue, repo_name
from threadrunner_kernel.models.names import find


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "models"


def catalogue(
    folder: Path, aliases: Mapping[str, str] | None = None, environ: Mapping[str, str] | None = None
) -> Catalogue:
    """The catalogue of a user whose home folder is ``folder``'s grandparent, without the demo."""
    places = {"HOME": str(folder.parent.parent), **(environ or {})}
    return Catalogue(folder, places, aliases or {}, folder / "no-demo.gguf")


def test_each_program_is_found_in_its_own_place(folder: Path, tmp_path: Path) -> None:
    own = put(folder / "own.Q8_0.gguf")
    cached = put_in_hugging_face_cache(tmp_path / ".cache/huggingface/hub", "org/Tiny-GGUF", "tiny-Q4_K_M.gguf")
    old = put(tmp_path / ".cache/llama.cpp" / "org_Old-GGUF_old-Q5_K_M.gguf")
    put(tmp_path / ".cache/llama.cpp" / "manifest=org=Old-GGUF=latest.json", b"{}")
    studio = put(tmp_path / ".lmstudio/models/lms/Studio-GGUF/studio-Q6_K.gguf")
    blob = put_in_ollama(tmp_path / ".ollama/models", "llama3.2:3b")
    found = catalogue(folder).listed()
    assert [(entry.name, entry.origin, entry.path) for entry in found] == [
        ("own.Q8_0", "models folder", own),
        ("tiny-Q4_K_M", "Hugging Face", cached),
        ("old-Q5_K_M", "llama.cpp", old),
        ("studio-Q6_K", "LM Studio", studio),
        ("llama3.2:3b", "Ollama", blob),
    ]
    assert [entry.quantization for entry in found] == ["Q8_0", "Q4_K_M", "Q5_K_M", "Q6_K", None]
    assert [entry.repo for entry in found] == [None, "org/Tiny-GGUF", "org/Old-GGUF", "lms/Studio-GGUF", None]
    assert all(entry.size_bytes() == entry.path.stat().st_size for entry in found)


def test_the_environment_says_where_the_others_are(folder: Path, tmp_path: Path) -> None:
    put_in_hugging_face_cache(tmp_path / "a" / "hub", "org/A-GGUF", "a.gguf")
    put_in_hugging_face_cache(tmp_path / "b", "org/B-GGUF", "b.gguf")
    put(tmp_path / "c" / "c.gguf")
    put_in_ollama(tmp_path / "d", "d:latest")
    put(tmp_path / "e" / "models" / "org" / "E-GGUF" / "e.gguf")
    (tmp_path / ".lmstudio-home-pointer").write_text(str(tmp_path / "e"))
    put(tmp_path / "f" / "org" / "F-GGUF" / "f.gguf")
    (tmp_path / "e" / "settings.json").write_text(json.dumps({"downloadsFolder": str(tmp_path / "f")}))
    others = {"LLAMA_CACHE": str(tmp_path / "c"), "OLLAMA_MODELS": str(tmp_path / "d")}
    by_home = catalogue(folder, environ={"HF_HOME": str(tmp_path / "a"), **others}).listed()
    assert [entry.name for entry in by_home] == ["a", "c", "f", "e", "d:latest"]
    by_hub = catalogue(folder, environ={"HF_HOME": "/nowhere", "HF_HUB_CACHE": str(tmp_path / "b"), **others}).listed()
    assert [entry.name for entry in by_hub] == ["b", "c", "f", "e", "d:latest"]
    by_xdg = catalogue(folder, environ={"XDG_CACHE_HOME": str(tmp_path / "x")}).listed()
    assert [entry.name for entry in by_xdg] == ["f", "e"]


def test_every_name_that_is_listed_means_the_model_it_is_listed_for(folder: Path, tmp_path: Path) -> None:
    put(folder / "same-Q4_0.gguf")
    put(folder / "org" / "Same-GGUF" / "same-Q4_0.gguf")
    put(folder / "org" / "Same-GGUF" / "deep" / "same-Q4_0.gguf")
    put_in_hugging_face_cache(tmp_path / ".cache/huggingface/hub", "org/Other-GGUF", "same-Q4_0.gguf")
    put_in_ollama(tmp_path / ".ollama/models", "same-Q4_0:latest")
    there = catalogue(folder)
    entries = there.listed()
    assert len({entry.path for entry in entries}) == 5
    for entry in entries:
        assert all(there.find(name) == entry for name in entry.names)
    assert [entry.name for entry in entries] == [
        "same-Q4_0",
        "org/Same-GGUF:Q4_0",
        str(folder / "org" / "Same-GGUF" / "deep" / "same-Q4_0.gguf"),
        "org/Other-GGUF:Q4_0",
        "same-Q4_0:latest",
    ]


def test_what_is_no_model_is_not_listed(folder: Path) -> None:
    put(folder / "model.gguf")
    for name in ("mmproj-model-f16.gguf", "model-mmproj.gguf", "model.imatrix.gguf", "a.gguf.part", "readme.md"):
        put(folder / name)
    put(folder / ".org" / "hidden.gguf")
    put(folder / ".cache.gguf")
    (folder / "folder.gguf").mkdir()
    (folder / "broken.gguf").symlink_to(folder / "nothing")
    assert [entry.name for entry in catalogue(folder).listed()] == ["model"]
    assert catalogue(folder / "model.gguf").listed() == []


def test_a_file_that_two_have_is_listed_once(folder: Path, tmp_path: Path) -> None:
    cached = put_in_hugging_face_cache(tmp_path / ".cache/huggingface/hub", "org/Tiny-GGUF", "tiny.gguf")
    folder.mkdir(parents=True)
    (folder / "mine.gguf").symlink_to(cached)
    assert [(entry.name, entry.origin) for entry in catalogue(folder).listed()] == [("mine", "models folder")]


def test_the_newest_revision_of_a_repository_counts(folder: Path, tmp_path: Path) -> None:
    hub = tmp_path / ".cache/huggingface/hub"
    put_in_hugging_face_cache(hub, "org/Tiny-GGUF", "tiny-old.gguf", "b" * 40)
    put_in_hugging_face_cache(hub, "org/Tiny-GGUF", "tiny-new.gguf", "a" * 40)
    assert [entry.name for entry in catalogue(folder).listed()] == ["tiny-new"]


@pytest.mark.parametrize(
    "manifest", [b"", b"[]", b"{}", b'{"layers": 1}', b'{"layers": [{"mediaType": 1}]}', b"\xff\xfe"]
)
def test_a_manifest_that_is_none_costs_nothing(folder: Path, tmp_path: Path, manifest: bytes) -> None:
    put_in_ollama(tmp_path / ".ollama/models", "good:1b")
    put(tmp_path / ".ollama/models/manifests/registry.ollama.ai/library/bad/1b", manifest)
    assert [entry.name for entry in catalogue(folder).listed()] == ["good:1b"]


def test_a_manifest_cannot_lead_out_of_the_blobs(folder: Path, tmp_path: Path) -> None:
    put(tmp_path / ".ollama" / "secret.gguf")
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": "../../secret.gguf"}
    manifest = json.dumps({"layers": [layer]}).encode()
    put(tmp_path / ".ollama/models/manifests/registry.ollama.ai/library/bad/1b", manifest)
    assert catalogue(folder).listed() == []


def test_ollamas_names_are_its_own(folder: Path, tmp_path: Path) -> None:
    put_in_ollama(tmp_path / ".ollama/models", "qwen3:latest")
    put_in_ollama(tmp_path / ".ollama/models", "tuned:1b", "registry.ollama.ai/somebody")
    put_in_ollama(tmp_path / ".ollama/models", "Tiny-GGUF:Q4_K_M", "hf.co/org")
    there = catalogue(folder)
    assert there.find("qwen3").name == there.find("qwen3:latest").name == "qwen3:latest"
    assert there.find("somebody/tuned:1b").origin == "Ollama"
    assert there.find("hf.co/org/Tiny-GGUF:Q4_K_M").quantization == "Q4_K_M"
    assert there.find("org/Tiny-GGUF").origin == "Ollama"


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("org/Tiny-GGUF", "tiny-Q4_K_M"),
        ("ORG/tiny-gguf", "tiny-Q4_K_M"),
        ("org/Tiny-GGUF:q8_0", "tiny-Q8_0"),
        ("hf.co/org/Tiny-GGUF:Q8_0", "tiny-Q8_0"),
        ("https://huggingface.co/org/Tiny-GGUF", "tiny-Q4_K_M"),
        ("org/Small-GGUF", "small-Q5_K_S"),
    ],
)
def test_a_repository_means_what_is_here_of_it(folder: Path, tmp_path: Path, asked: str, meant: str) -> None:
    hub = tmp_path / ".cache/huggingface/hub"
    for name in ("tiny-Q2_K.gguf", "tiny-Q8_0.gguf", "tiny-Q4_K_M.gguf"):
        put_in_hugging_face_cache(hub, "org/Tiny-GGUF", name)
    for name in ("small-Q8_0.gguf", "small-Q5_K_S.gguf", "small-Q2_K.gguf"):
        put(folder / "org" / "Small-GGUF" / name)
    assert catalogue(folder).find(asked).name == meant


@pytest.mark.parametrize(("asked", "there"), [("org/Tiny-GGUF:Q8_0", "There is Q4_K_M of it. "), ("org/New", "")])
def test_a_repository_that_is_not_here_can_be_pulled(folder: Path, asked: str, there: str) -> None:
    put(folder / "org" / "Tiny-GGUF" / "tiny-Q4_K_M.gguf")
    with pytest.raises(ModelNotFound) as caught:
        catalogue(folder).find(asked)
    instead = "" if there else ", or take one that is here: tiny-Q4_K_M"
    wanted = f"{asked} is not on this machine yet. {there}Fetch it with `threadrunner pull {asked}`{instead}."
    assert caught.value.message == wanted


def test_where_there_is_no_model_at_all_a_repository_can_only_be_pulled(folder: Path) -> None:
    with pytest.raises(ModelNotFound, match=r"Fetch it with `threadrunner pull org/New`\.$"):
        catalogue(folder).find("org/New")


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ("acme/tinny-GGUF", "m1-Q4_K_M"),  # by the repository that it is from
        ("tinny-GGUF", "m1-Q4_K_M"),
        ("somebody/quikk", "quick-Q8_0"),
        ("./quik.gguf", "quick-Q8_0"),
        ("/models/LAMA.gguf", "llama-Q8_0"),
        ("lama3.3", "llama3.2:3b"),
    ],
)
def test_what_is_named_instead_is_the_nearest_by_any_of_its_names(
    folder: Path, tmp_path: Path, asked: str, nearest: str
) -> None:
    put_in_hugging_face_cache(tmp_path / ".cache/huggingface/hub", "acme/tiny-GGUF", "m1-Q4_K_M.gguf")
    put_in_ollama(tmp_path / ".ollama/models", "llama3.2:3b")
    for name in ("a", "quick-Q8_0", "llama-Q8_0", "zz"):
        put(folder / f"{name}.gguf")
    with pytest.raises(ModelNotFound) as caught:
        find(asked, catalogue(folder))
    listed = re.search(r"(?:There are|that is here): (.*)\.$", caught.value.message)
    assert listed
    assert listed[1].split(", ")[0] == nearest
    assert len(listed[1].split(", ")) == 6


def test_names_are_the_same_in_capitals_unless_there_are_both(folder: Path, tmp_path: Path) -> None:
    put(folder / "Qwen3-0.6B-Q8_0.gguf")
    put_in_ollama(tmp_path / ".ollama/models", "llama3.2:latest")
    there = catalogue(folder, {"Small": "Qwen3-0.6B-Q8_0"})
    for asked, meant in (
        ("qwen3-0.6b-q8_0", "Qwen3-0.6B-Q8_0"),
        ("LLAMA3.2", "llama3.2"),
        ("small", "Small"),
        ("Llama3.2:LATEST", "llama3.2:latest"),
    ):
        assert find(asked, there).name == meant
    other = put(tmp_path / "other.gguf")
    both = catalogue(folder, {"qwen3-0.6b-q8_0": str(other)})
    assert find("qwen3-0.6b-q8_0", both).path == other
    assert find("Qwen3-0.6B-Q8_0", both).path == folder / "Qwen3-0.6B-Q8_0.gguf"


def test_linked_folders_are_looked_into_each_once(folder: Path, tmp_path: Path) -> None:
    own = put(folder / "b" / "own.gguf")
    far = put(tmp_path / "disk" / "sub" / "far.gguf")
    (folder / "a-link").symlink_to(tmp_path / "disk")
    (folder / "b-again").symlink_to(folder / "b")
    (tmp_path / "disk" / "sub" / "loop").symlink_to(tmp_path / "disk")
    (folder / "b" / "up").symlink_to(folder)
    assert [entry.path for entry in catalogue(folder).listed()] == [own, folder / "a-link" / "sub" / "far.gguf"]
    assert resolve("far", "auto", folder).path == far


def test_a_quantisation_that_only_the_file_tells_is_listed(folder: Path, tmp_path: Path) -> None:
    path = folder / "org" / "Plain-GGUF" / "model.gguf"
    path.parent.mkdir(parents=True)
    blob = put_in_ollama(tmp_path / ".ollama/models", "plain:1b")
    for place, number in ((path, 15), (blob, 7)):
        writer = GGUFWriter(place, "llama")
        writer.add_file_type(number)
        writer.add_token_list([f"token {number}" for number in range(2000)])
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.close()
    put(folder / "damaged.gguf", b"GGUF\x03\x00\x00\x00\xff")
    there = catalogue(folder)
    assert {entry.name: entry.quantization for entry in there.listed()} == {
        "model": "Q4_K_M",
        "damaged": None,
        "plain:1b": "Q8_0",
    }
    assert there.find("org/plain-gguf:q4_k_m").path == path
    assert there.find("org/Plain-GGUF:model.gguf").path == path


def test_an_unknown_name_is_answered_with_all_there_are_the_nearest_first(folder: Path) -> None:
    for name in ("qwen3-0.6b", "gemma-3-1b", "llama-3.2-1b"):
        put(folder / f"{name}.gguf")
    with pytest.raises(ModelNotFound) as caught:
        catalogue(folder, {"big": "gemma-3-1b"}).find("lama-3.2")
    assert caught.value.message.startswith("There is no model 'lama-3.2'. There are: llama-3.2-1b, ")
    assert {"qwen3-0.6b", "gemma-3-1b", "big"} <= set(caught.value.message.rstrip(".").replace(",", "").split())


def test_a_long_list_of_names_is_cut(folder: Path) -> None:
    for number in range(20):
        put(folder / f"model-{number}.gguf", b"GGUF")
    with pytest.raises(ModelNotFound, match=r"model-7, .* and 8 more \(`threadrunner models`\)\."):
        catalogue(folder).find("model-77")


def test_an_alias_is_a_path_or_another_models_name(folder: Path, tmp_path: Path) -> None:
    own, other = put(folder / "own-Q4_0.gguf"), put(tmp_path / "elsewhere" / "x.gguf")
    beside = put(folder.parent / "beside.gguf")
    aliases = {"mine": "own-Q4_0", "other": str(other), "beside": "./beside.gguf", "gone": "no-such-model"}
    there = catalogue(folder, aliases)
    assert {name: there.find(name).path for name in ("mine", "other", "beside")} == {
        "mine": own,
        "other": other,
        "beside": beside,
    }
    assert [(entry.name, entry.origin) for entry in there.listed()] == [
        ("mine", "config.toml"),
        ("other", "config.toml"),
        ("beside", "config.toml"),
        ("own-Q4_0", "models folder"),
    ]
    with pytest.raises(ModelNotFound, match="no-such-model"):
        there.find("gone")


def test_an_alias_wins_and_does_not_lead_to_another(folder: Path) -> None:
    put(folder / "a.gguf")
    put(folder / "b.gguf")
    there = catalogue(folder, {"a": "b", "c": "a"})
    assert there.find("a").path == folder / "b.gguf"
    with pytest.raises(BadSetting, match="c leads to a, which is an alias itself"):
        there.find("c")


def test_a_request_finds_the_alias_of_the_users_config(folder: Path, tmp_path: Path) -> None:
    path = put(folder / "a-long-name.Q4_0.gguf")
    (tmp_path / "home" / "config.toml").write_text('[models]\nshort = "a-long-name.Q4_0"\n')
    ref = resolve("short", "auto", folder)
    assert (ref.path, ref.name) == (path, "short")


def test_a_model_in_parts_is_one_and_needs_all_of_them(folder: Path, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        put(folder / f"large-Q4_K_M-0000{number}-of-00003.gguf")
    (entry,) = catalogue(folder).listed()
    assert entry.name == "large-Q4_K_M"
    assert entry.size_bytes() == 3 * entry.path.stat().st_size
    first = folder / "large-Q4_K_M-00001-of-00003.gguf"
    for name in ("large-Q4_K_M", str(first), str(folder / "large-Q4_K_M-00002-of-00003.gguf")):
        ref = resolve(name, "auto", folder)
        assert (ref.path, ref.name) == (first, "large-Q4_K_M")
    (folder / "large-Q4_K_M-00002-of-00003.gguf").unlink()
    with pytest.raises(ModelLoadFailed, match=r"is in 3 files and large-Q4_K_M-00002-of-00003\.gguf is not in"):
        resolve("large-Q4_K_M", "auto", folder)


def test_parts_that_are_links_stay_together(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """llama.cpp finds the others by the first one's name, which a blob does not have."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    names = [f"large-Q4_K_M-0000{number}-of-00002.gguf" for number in (1, 2)]
    first, _ = (put_in_hugging_face_cache(tmp_path / "hub", "org/Large-GGUF", name) for name in names)
    ref = resolve("org/Large-GGUF:Q4_K_M", "auto", folder)
    assert (ref.path, ref.name) == (first, "org/Large-GGUF:Q4_K_M")
    assert resolve("large-Q4_K_M", "auto", folder) == ref


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("org/name", "org/name"),
        ("org/name:Q4_K_M", "org/name:Q4_K_M"),
        ("org/Llama-3.2-1B-GGUF/", "org/Llama-3.2-1B-GGUF"),
        ("hf.co/org/name:Q4_0", "org/name:Q4_0"),
        ("huggingface.co/org/name", "org/name"),
        ("https://hf.co/org/name", "org/name"),
        ("name", None),
        ("llama3.2:3b", None),
        ("a/b/c", None),
        ("../etc", None),
        ("org/name:a b", None),
    ],
)
def test_what_counts_as_a_repository(name: str, meant: str | None) -> None:
    wanted = repo_name(name)
    assert (wanted and str(wanted)) == meant
