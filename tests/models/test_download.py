"""Fetching models from a hub that is a real HTTP server here, and that cuts, lies, refuses and stalls."""

from __future__ import annotations

import hashlib
import random
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.models.files import put, put_in_hugging_face_cache
from tests.models.hub_server import FakeHub, serving
from threadrunner_kernel.client import Cancellation
from threadrunner_kernel.errors import Cancelled, DownloadFailed, HubUnreachable, ModelNotFound
from threadrunner_kernel.models.catalogue import Catalogue, RepoName, repo_name
from threadrunner_kernel.models.digest import note_path, noted
from threadrunner_kernel.models.download import Pulled, PullProgress, pull
from threadrunner_kernel.models.pulling import pull_by_name, what_was_done

SIZE_BYTES = 3_000_000
CONTENT = b"GGUF\x03\x00\x00\x00" + random.Random(0).randbytes(SIZE_BYTES - 8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub with one repository of three quantisations."""
    files = {f"Tiny-1B-{name}.gguf": CONTENT for name in ("Q2_K", "Q4_K_M", "Q8_0")}
    with serving(FakeHub({"org/Tiny-GGUF": {"README.md": b"#", "mmproj-Tiny-f16.gguf": b"GGUF", **files}})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        yield hub


def fetch(folder: Path, name: str = "org/Tiny-GGUF", cancellation: Cancellation | None = None) -> Pulled:
    wanted = repo_name(name)
    assert wanted
    return pull(wanted, folder, cancellation=cancellation)


def refusal(folder: Path, name: str = "org/Tiny-GGUF") -> str:
    """The one sentence that a pull ends with."""
    with pytest.raises((DownloadFailed, ModelNotFound)) as caught:
        fetch(folder, name)
    assert "\n" not in caught.value.message
    return caught.value.message


def left(folder: Path) -> set[str]:
    """The names of the files that are there, but for the lock and the notes."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.name for path in files if path.name != ".pull.lock" and path.suffix != ".sha256"}


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("org/Tiny-GGUF", "Tiny-1B-Q4_K_M.gguf"),
        ("org/Tiny-GGUF:q8_0", "Tiny-1B-Q8_0.gguf"),
        ("org/Tiny-GGUF:Tiny-1B-Q2_K.gguf", "Tiny-1B-Q2_K.gguf"),
        ("hf.co/org/Tiny-GGUF:Q2_K", "Tiny-1B-Q2_K.gguf"),
    ],
)
def test_a_name_fetches_its_quantisation(hub: FakeHub, folder: Path, name: str, file: str) -> None:
    pulled = fetch(folder, name)
    assert pulled.path == folder / "org" / "Tiny-GGUF" / file
    assert pulled.path.read_bytes() == CONTENT
    assert not pulled.was_there
    assert left(folder) == {file}
    (entry,) = Catalogue(folder, {"HOME": "/nowhere"}, {}).own
    assert (entry.path, entry.is_ours, entry.repo) == (pulled.path, True, "org/Tiny-GGUF")


def test_without_the_usual_quantisation_the_nearest_is_fetched(hub: FakeHub, folder: Path) -> None:
    hub.repos["org/Tiny-GGUF"] = {f"t-{name}.gguf": CONTENT for name in ("Q8_0", "IQ3_XS", "Q5_K_S", "F16", "Q3_K_M")}
    assert fetch(folder).path.name == "t-Q5_K_S.gguf"


def test_of_variants_the_one_of_the_plainest_name_is_fetched(hub: FakeHub, folder: Path) -> None:
    hub.repos["org/Tiny-GGUF"] = {name: CONTENT for name in ("tiny-abliterated-Q4_K_M.gguf", "tiny-Q4_K_M.gguf")}
    assert fetch(folder).path.name == "tiny-Q4_K_M.gguf"


def test_a_model_in_parts_is_fetched_whole(hub: FakeHub, folder: Path) -> None:
    names = [f"Q4_K_M/big-Q4_K_M-0000{number}-of-00003.gguf" for number in (1, 2, 3)]
    hub.repos["org/Big"] = {name: CONTENT[:8] + bytes([number]) * 1000 for number, name in enumerate(names)}
    hub.repos["org/Big"]["big-Q8_0.gguf"] = CONTENT
    seen: list[PullProgress] = []
    wanted = repo_name("org/Big")
    assert wanted
    pulled = pull(wanted, folder, seen.append)
    assert pulled.path == folder / "org" / "Big" / names[0]
    assert {name: (folder / "org" / "Big" / name).read_bytes() for name in names} == {
        name: hub.repos["org/Big"][name] for name in names
    }
    assert {progress.total_bytes for progress in seen} == {3 * 1008}
    done = [progress.done_bytes for progress in seen]
    assert done == sorted(done)
    assert done[-1] == 3 * 1008
    (entry,) = Catalogue(folder, {"HOME": "/nowhere"}, {}).own
    assert entry.size_bytes() == 3 * 1008


def test_what_is_here_already_is_not_fetched_again(hub: FakeHub, folder: Path) -> None:
    fetch(folder)
    hub.seen.clear()
    assert fetch(folder).was_there
    assert hub.ranges == []


@pytest.mark.parametrize("is_noted", [True, False])
def test_what_is_here_is_fetched_again_when_it_is_another_of_the_same_size(
    hub: FakeHub, folder: Path, is_noted: bool
) -> None:
    path = fetch(folder).path
    if not is_noted:
        note_path(path).unlink()
    with path.open("r+b") as file:
        file.seek(SIZE_BYTES // 2)
        file.write(bytes([CONTENT[SIZE_BYTES // 2] ^ 1]))
    assert not fetch(folder).was_there
    assert path.read_bytes() == CONTENT


def test_what_the_hub_has_anew_of_the_same_size_is_fetched(hub: FakeHub, folder: Path) -> None:
    fetch(folder)
    anew = CONTENT[::-1]
    hub.repos["org/Tiny-GGUF"]["Tiny-1B-Q4_K_M.gguf"] = anew
    assert fetch(folder).path.read_bytes() == anew
    assert fetch(folder).was_there


def test_a_file_that_nothing_is_noted_of_is_read_once(hub: FakeHub, folder: Path) -> None:
    path = put(folder / "org" / "Tiny-GGUF" / "Tiny-1B-Q4_K_M.gguf", CONTENT)
    seen: list[PullProgress] = []
    for _ in range(2):
        assert pull(RepoName("org/Tiny-GGUF"), folder, seen.append).was_there
    assert noted(path) == hashlib.sha256(CONTENT).hexdigest()
    assert [progress.done_bytes for progress in seen] == [1 << 20, 2 << 20, SIZE_BYTES]
    assert all(progress.is_checking for progress in seen)
    assert hub.ranges == []


def put_in_program(program: str, home: Path, content: bytes) -> Path:
    """The hub's model with another program that has downloaded it."""
    name = "Tiny-1B-Q4_K_M.gguf"
    if program == "LM Studio":
        return put(home / ".lmstudio/models/org/Tiny-GGUF" / name, content)
    path = put_in_hugging_face_cache(home / ".cache/huggingface/hub", "org/Tiny-GGUF", name)
    path.resolve().write_bytes(content)
    return path


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home without any program's models."""
    home = tmp_path / "user"
    for name in ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "LLAMA_CACHE", "OLLAMA_MODELS", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    return home


@pytest.mark.parametrize("program", ["Hugging Face", "LM Studio"])
def test_what_another_program_has_is_used_in_place(hub: FakeHub, folder: Path, user: Path, program: str) -> None:
    theirs = put_in_program(program, user, CONTENT)
    there = set(user.rglob("*"))
    entry, pulled = pull_by_name("org/Tiny-GGUF", folder)
    assert (entry.origin, pulled.path, pulled.was_there, pulled.is_checked) == (program, theirs, True, True)
    assert what_was_done(entry, pulled) == f"Tiny-1B-Q4_K_M was there already and is used in place ({program})"
    assert hub.ranges == []
    assert set(user.rglob("*")) == there
    assert not folder.exists()


@pytest.mark.parametrize("program", ["Hugging Face", "LM Studio"])
def test_what_another_program_has_otherwise_is_fetched(hub: FakeHub, folder: Path, user: Path, program: str) -> None:
    theirs = put_in_program(program, user, CONTENT[:-1] + b"?")
    entry, pulled = pull_by_name("org/Tiny-GGUF", folder)
    assert (entry.origin, pulled.was_there) == ("models folder", False)
    assert pulled.path.read_bytes() == CONTENT
    assert theirs.read_bytes() != CONTENT


@pytest.mark.parametrize("is_offline", [True, False])
@pytest.mark.parametrize("name", ["org/Tiny-GGUF", "org/Tiny-GGUF:q4_k_m", "org/Tiny-GGUF:Tiny-1B-Q4_K_M.gguf"])
def test_without_the_hub_what_is_here_does(
    hub: FakeHub, folder: Path, user: Path, monkeypatch: pytest.MonkeyPatch, name: str, is_offline: bool
) -> None:
    path = fetch(folder).path
    if is_offline:
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    else:
        with serving(FakeHub()) as gone:
            pass
        monkeypatch.setenv("HF_ENDPOINT", gone.endpoint)
    entry, pulled = pull_by_name(name, folder)
    assert (pulled.path, pulled.was_there, pulled.is_checked) == (path, True, False)
    assert what_was_done(entry, pulled).endswith("; the hub could not be asked whether it has another by now")
    for other in ("org/Tiny-GGUF:Q8_0", "org/Other"):
        with pytest.raises(HubUnreachable):
            pull_by_name(other, folder)


def test_without_the_hub_a_model_that_is_not_whole_does_not_do(
    folder: Path, user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder / "org" / "Big" / "big-Q4_K_M-00001-of-00002.gguf")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(HubUnreachable):
        pull_by_name("org/Big", folder)


def test_a_cut_is_mended_in_the_same_pull(hub: FakeHub, folder: Path) -> None:
    hub.cuts = [1_000_000, 500_000]
    assert fetch(folder).path.read_bytes() == CONTENT
    starts = [int((asked or "bytes=0-").removeprefix("bytes=").removesuffix("-")) for asked in hub.ranges]
    assert len(starts) == 3
    assert starts[0] == 0 < starts[1] <= 1_000_000 <= starts[2] <= 1_500_000


def test_a_pull_that_was_cut_for_good_goes_on_where_it_stopped(
    hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("threadrunner_kernel.models.download.RETRY_SECONDS", (0.0,))
    hub.cuts = [1_000_000, 0]
    message = refusal(folder)
    assert re.search(
        r"\d [KM]B of 3 MB of Tiny-1B-Q4_K_M\.gguf are kept; the same command goes on from there\.$", message
    )
    (part,) = (folder / "org" / "Tiny-GGUF").glob(".*.part")
    kept = part.stat().st_size
    assert 0 < kept <= 1_000_000
    hub.seen.clear()
    assert fetch(folder).path.read_bytes() == CONTENT
    assert hub.ranges == [f"bytes={kept}-"]
    assert left(folder) == {"Tiny-1B-Q4_K_M.gguf"}


def test_a_hub_that_knows_no_ranges_sends_all_again(hub: FakeHub, folder: Path) -> None:
    hub.cuts, hub.knows_ranges = [1_000_000], False
    assert fetch(folder).path.read_bytes() == CONTENT


def test_a_part_of_another_content_is_not_continued(hub: FakeHub, folder: Path) -> None:
    place = folder / "org" / "Tiny-GGUF"
    place.mkdir(parents=True)
    (place / ".Tiny-1B-Q4_K_M.gguf.0123456789abcdef.part").write_bytes(b"old")
    assert fetch(folder).path.read_bytes() == CONTENT
    assert hub.ranges == [None]
    assert left(folder) == {"Tiny-1B-Q4_K_M.gguf"}


def test_what_comes_with_another_hash_is_deleted(hub: FakeHub, folder: Path) -> None:
    hub.claims["Tiny-1B-Q4_K_M.gguf"] = {"lfs": {"sha256": "0" * 64, "size": SIZE_BYTES, "pointerSize": 130}}
    assert "is not what the hub says it is (its hash differs), and it is deleted" in refusal(folder)
    assert left(folder) == set()
    del hub.claims["Tiny-1B-Q4_K_M.gguf"]
    assert fetch(folder).path.read_bytes() == CONTENT


def test_a_spoilt_part_does_not_become_a_model(hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threadrunner_kernel.models.download.RETRY_SECONDS", ())
    hub.cuts = [1_000_000]
    refusal(folder)
    (part,) = (folder / "org" / "Tiny-GGUF").glob(".*.part")
    with part.open("r+b") as file:
        file.write(b"spoilt")
    assert "its hash differs" in refusal(folder)
    assert fetch(folder).path.read_bytes() == CONTENT


def test_more_than_was_promised_is_not_taken(hub: FakeHub, folder: Path) -> None:
    hub.claims["Tiny-1B-Q4_K_M.gguf"] = {"size": 1000}
    assert "is not what the hub says it is" in refusal(folder)
    assert left(folder) == set()


def test_without_room_nothing_is_fetched(hub: FakeHub, folder: Path) -> None:
    hub.claims["Tiny-1B-Q4_K_M.gguf"] = {"size": 10**18}
    assert re.search(r"needs 1000000000\.0 GB more and .* are free in .*: make room, or choose", refusal(folder))
    assert hub.ranges == []


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit of a file's size that stands for a full disk")
def test_a_disk_that_fills_up_meanwhile_keeps_what_has_come(hub: FakeHub, folder: Path) -> None:
    """A limit of the process on the size of a file fails in the same call as a disk without space."""
    code = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({1 << 20}, {1 << 20}));" + PULL
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(
        r"The disk is full \(.+\): 1 MB of 3 MB of Tiny-1B-Q4_K_M\.gguf are kept in .*/org/Tiny-GGUF\. "
        r"Make room, and the same command goes on from there\.\n",
        done.stdout,
    )
    assert [name.endswith(".part") for name in left(folder)] == [True]
    assert fetch(folder).path.read_bytes() == CONTENT
    assert hub.ranges == [None, f"bytes={1 << 20}-"]
    assert left(folder) == {"Tiny-1B-Q4_K_M.gguf"}


PULL = """
import sys
from pathlib import Path
from threadrunner_kernel.errors import DownloadFailed
from threadrunner_kernel.models.catalogue import repo_name
from threadrunner_kernel.models.download import pull
try:
    pull(repo_name("org/Tiny-GGUF"), Path(sys.argv[1]))
except DownloadFailed as exc:
    print(exc.message)
"""


@pytest.mark.parametrize("where", ["folder", "repository"])
def test_where_nothing_can_be_written_is_told(hub: FakeHub, folder: Path, where: str) -> None:
    blocked = folder if where == "folder" else folder / "org"
    blocked.parent.mkdir(parents=True, exist_ok=True)
    blocked.write_bytes(b"a file")
    assert "cannot be written" in refusal(folder)


def test_a_repository_for_some_wants_a_token(hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.token = "hf_right"
    assert "has no repository org/Tiny-GGUF that you may see: check the name, or set HF_TOKEN" in refusal(folder)
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert "refuses your token (401): check HF_TOKEN" in refusal(folder)
    monkeypatch.setenv("HF_TOKEN", "hf_right")
    assert fetch(folder).path.read_bytes() == CONTENT


def test_a_gated_repository_wants_its_terms_accepted(hub: FakeHub, folder: Path) -> None:
    hub.is_gated = True
    assert f"accept them on {hub.endpoint}/org/Tiny-GGUF" in refusal(folder)


def test_the_token_stays_with_the_hub(hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file's bytes come from another server by a signed address: the token is none of its business."""
    hub.token = "hf_right"
    monkeypatch.setenv("HF_TOKEN", hub.token)
    with serving(FakeHub(hub.repos)) as other:
        hub.redirects_to = other.endpoint
        assert fetch(folder).path.read_bytes() == CONTENT
        assert [authorization for _, _, authorization in other.seen] == [None]
    assert [authorization for _, _, authorization in hub.seen] == ["Bearer hf_right"] * 2


def test_offline_nothing_is_asked(hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert refusal(folder) == "HF_HUB_OFFLINE is set, so org/Tiny-GGUF is not fetched: unset it to pull."
    assert hub.seen == []


def test_a_hub_that_nobody_answers_for_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(FakeHub()) as gone:
        pass
    monkeypatch.setenv("HF_ENDPOINT", gone.endpoint)
    assert refusal(folder).startswith(f"{gone.endpoint} cannot be reached (")


@pytest.mark.parametrize("status", [500, 503])
def test_a_hub_in_trouble_is_told(hub: FakeHub, folder: Path, status: int) -> None:
    hub.status = status
    assert refusal(folder) == f"{hub.endpoint} answers org/Tiny-GGUF with status {status}: try again later."


@pytest.mark.parametrize("page", [b"<html>Log in", b"[]", b"3", b'{"siblings": [{"size": 1}]}'])
def test_what_is_no_hub_is_told(hub: FakeHub, folder: Path, page: bytes) -> None:
    hub.page = page
    assert "does not answer as a hub does: check HF_ENDPOINT" in refusal(folder)


@pytest.mark.parametrize("endpoint", ["nonsense", "ftp://127.0.0.1", "http://[::1", "http://127.0.0.1:99999"])
def test_an_endpoint_that_is_none_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    assert endpoint in refusal(folder)


@pytest.mark.parametrize(
    ("name", "fragment"),
    [
        ("org/Nothing", "has no repository org/Nothing"),
        ("org/Tiny-GGUF:Q5_K_M", "org/Tiny-GGUF has no Q5_K_M. There are: Q4_K_M, Q2_K, Q8_0."),
        ("org/Empty", "org/Empty has no GGUF file. Somebody may offer it as org/Empty-GGUF."),
        ("org/Torn", "should be in 3 files and has 1 on the hub"),
        ("org/a--b", "'org/a--b' cannot be a repository's name"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(hub: FakeHub, folder: Path, name: str, fragment: str) -> None:
    hub.repos["org/Empty"] = {"model.safetensors": b"", "mmproj-f16.gguf": b""}
    hub.repos["org/Torn"] = {"t-Q4_K_M-00001-of-00003.gguf": b""}
    assert fragment in refusal(folder, name)


@pytest.mark.parametrize("name", ["../evil.gguf", "/tmp/evil.gguf", "a/../../evil.gguf", ".hidden/evil.gguf"])
def test_a_name_that_leads_elsewhere_is_no_file(hub: FakeHub, folder: Path, name: str) -> None:
    hub.repos["org/Tiny-GGUF"] = {name: CONTENT}
    assert "has no GGUF file" in refusal(folder)


def test_a_cancel_keeps_the_part(hub: FakeHub, folder: Path) -> None:
    hub.pauses_after = 1_000_000
    cancellation = Cancellation()

    def stop() -> None:
        hub.has_paused.wait(60)
        cancellation.cancel()
        hub.may_go_on.set()

    stopper = threading.Thread(target=stop)
    stopper.start()
    with pytest.raises(Cancelled):
        fetch(folder, cancellation=cancellation)
    stopper.join()
    hub.pauses_after = None
    assert all(name.endswith(".part") for name in left(folder))
    assert fetch(folder).path.read_bytes() == CONTENT


def test_two_pulls_of_one_repository_do_not_mix(hub: FakeHub, folder: Path) -> None:
    place = folder / "org" / "Tiny-GGUF"
    place.mkdir(parents=True)
    with FileLock(place / ".pull.lock"):
        assert "Another program is fetching org/Tiny-GGUF just now" in refusal(folder)
    assert fetch(folder).path.read_bytes() == CONTENT
