"""docs/troubleshooting.md: its commands are run, and each sentence that it explains is one that is really said."""

from __future__ import annotations

import ast
import os
import re
import shutil
import socket
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import processes_of, shut_down, wait_until
from tests.host.served import Served, serving
from tests.models import hub_server
from tests.models.hub_server import FakeHub
from threadrunner_kernel.cli.commands import ROWS
from threadrunner_kernel.notebook.magics import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
LINES = [
    line for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL) for line in block.splitlines()
]
EXPLAINED = [text.replace("\n", " ") for text in re.findall(r'\*\*"(.*?)"\*\*', PAGE, re.DOTALL)]
REPO, NAME = "ggml-org/gemma-3-1b-it-GGUF", "gemma-3-1b-it-Q4_K_M"


def pattern(sentence: str) -> re.Pattern[str]:
    """A sentence of the page, in which … stands for what differs."""
    return re.compile(r".*?".join(re.escape(part.strip()) for part in sentence.split("…")), re.DOTALL)


def explained(text: str) -> list[str]:
    """The sentences of the page that a text has."""
    return [sentence for sentence in EXPLAINED if pattern(sentence).search(text)]


def said_texts() -> Iterator[str]:
    """Every text in the product's code, with … for what is filled in."""
    for path in (ROOT / "threadrunner_kernel").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


@pytest.fixture(scope="module")
def hub(scripted: Path) -> Iterator[FakeHub]:
    """The hub that the page pulls from; its files are all the scripted model."""
    content = scripted.read_bytes()
    files = {f"gemma-3-1b-it-{name}.gguf": content for name in ("Q4_K_M", "Q8_0")}
    with hub_server.serving(FakeHub({REPO: files})) as hub:
        yield hub


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory, hub: FakeHub, scripted: Path) -> Iterator[dict[str, str]]:
    """The environment of a user who has a model and has asked it something, before things go wrong."""
    folder = tmp_path_factory.mktemp("trouble")
    home = folder / "home"
    (home / "models").mkdir(parents=True)
    shutil.copy(scripted, home / "models" / f"{NAME}.gguf")
    environment = {
        **os.environ,
        "PATH": os.pathsep.join((sysconfig.get_path("scripts"), os.environ["PATH"])),
        "THREADRUNNER_HOME": str(home),
        "THREADRUNNER_MODEL": NAME,
        "HF_ENDPOINT": hub.endpoint,
        "JUPYTER_DATA_DIR": str(folder / "jupyter"),
        "XDG_CONFIG_HOME": str(folder / "configuration"),
    }
    assert shell("threadrunner install --user && threadrunner hi", environment).returncode == 0
    yield environment
    shut_down(home)
    wait_until(lambda: not processes_of(home), what="the end of all processes")


def shell(line: str, environment: dict[str, str], **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", line],
        env={**environment, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
    )


def test_each_command_of_the_page_works(user: dict[str, str]) -> None:
    lines = [line for line in LINES if not line.startswith("threadrunner serve")]
    assert len(lines) == len(LINES) - 1 >= 20
    failed = [(line, done.stderr) for line in lines if (done := shell(line, user)).returncode != 0]
    assert failed == []


def test_a_port_that_is_taken_is_explained_and_the_command_for_it_works(user: dict[str, str], tmp_path: Path) -> None:
    (line,) = [line for line in LINES if line.startswith("threadrunner serve")]
    with socket.create_server(("127.0.0.1", 0)) as other, serving(tmp_path / "home") as served:
        taken = other.getsockname()[1]
        told = [
            shell(line.replace("3001", str(port)), user, THREADRUNNER_HOME=str(tmp_path / "home")).stderr
            for port in (taken, served.port)
        ]
        assert [explained(text) for text in told] == [
            ["Port … is taken by another program"],
            ["Port … is served by this host already"],
        ]
        free = line.removeprefix("threadrunner serve ").replace("3001", "0").split()
        with serving(tmp_path / "home", *free) as another:
            assert another.ask("/health")[0] == 200
            check_refusals(another)
    shut_down(tmp_path / "home")
    wait_until(lambda: not processes_of(tmp_path / "home"), what="the end of all processes")


def check_refusals(served: Served) -> None:
    """Who has no token, and who comes by another machine's name, is told what the page explains."""
    foreign = {**served.headers, "Host": "example.org"}
    for status, headers in ((401, {"Authorization": "Bearer wrong"}), (403, foreign)):
        refused, body, _ = served.ask("/v1/models", headers=headers)
        assert refused == status
        (sentence,) = explained(body["error"]["message"])
        row = PAGE.partition(f'**"{sentence}"**')[2].partition("\n")[0]
        assert f"({status})" in row


@pytest.mark.parametrize(
    ("variables", "misbehaves", "sentence"),
    [
        ({"HF_HUB_OFFLINE": "1"}, {}, "HF_HUB_OFFLINE is set, so … is not fetched"),
        ({"HF_ENDPOINT": "http://127.0.0.1:9"}, {}, "… cannot be reached"),
        ({}, {"page": b"<html>log in</html>"}, "… does not answer as a hub does"),
        ({}, {"token": "right"}, "… has no repository … that you may see"),
        ({"HF_TOKEN": "wrong"}, {"token": "right"}, "… refuses your token"),
        ({}, {"is_gated": True}, "… is given only to those who have accepted its terms"),
        ({}, {"claims": {"size": 10**18}}, "… needs … more and … are free in …"),
        (
            {},
            {"claims": {"lfs": {"sha256": "0" * 64, "size": 1, "pointerSize": 130}}},
            "What came for … is not what the hub says it is (its hash differs), and it is deleted",
        ),
    ],
)
def test_a_pull_that_fails_is_explained(
    user: dict[str, str],
    hub: FakeHub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    misbehaves: dict[str, Any],
    sentence: str,
) -> None:
    for name, value in misbehaves.items():
        monkeypatch.setattr(hub, name, {f"{NAME}.gguf": value} if name == "claims" else value)
    done = shell(f"threadrunner pull {REPO}", user, THREADRUNNER_HOME=str(tmp_path / "home"), **variables)
    assert (done.returncode, explained(done.stderr)) == (1, [sentence])


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("threadrunner -m nothing-like-it hi", "There is no model …"),
        ("THREADRUNNER_MEMORY_LIMIT=1000 threadrunner --once hi", "… needs … and … are free for models"),
        ("THREADRUNNER_CONTEXT=16 threadrunner --once hi", "The prompt has … tokens and the context holds …"),
        ("THREADRUNNER_HOME=/dev/null threadrunner token", "The token cannot be kept in …"),
        ("THREADRUNNER_SEED=9 threadrunner config set seed 1", "… which counts before it."),
        (
            "threadrunner --engine dummy hi && THREADRUNNER_CONTEXT=512 threadrunner --engine dummy hi",
            "The running host has …, asked for is …",
        ),
    ],
)
def test_a_command_that_does_not_do_what_was_meant_is_explained(user: dict[str, str], line: str, sentence: str) -> None:
    assert explained(shell(line, user).stderr) == [sentence]


def test_what_the_page_explains_is_said_somewhere() -> None:
    texts = list(said_texts())
    assert len(EXPLAINED) >= 20
    assert [sentence for sentence in EXPLAINED if not any(pattern(sentence).search(text) for text in texts)] == []


def test_the_commands_and_magics_that_the_prose_names_exist() -> None:
    assert {"doctor", "logs", "serve", "token", "pull", "status"} <= set(re.findall(r"threadrunner ([a-z]+)", PAGE))
    assert set(re.findall(r"`threadrunner ([a-z]+)", PAGE)) <= set(ROWS)
    assert set(re.findall(r"`%llm ([a-z]+)", PAGE)) <= set(COMMANDS)
