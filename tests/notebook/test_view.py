"""The views in a real IPython: what is published while an answer is made, how often, and what stays of it."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from threadrunner_kernel.config import Settings
from threadrunner_kernel.live import Live
from threadrunner_kernel.messages import Event, Progress, Timings, Usage
from threadrunner_kernel.notebook.answer import Answer
from threadrunner_kernel.notebook.magics import make_view
from threadrunner_kernel.notebook.view import MarkdownView, QuietView, StreamView, Throttle, WidgetView, answer_metadata

WIDGET = "application/vnd.jupyter.widget-view+json"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[InteractiveShell]:
    """An IPython of this test's own, that publishes into a list."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    shell.display_pub = CapturingDisplayPublisher()
    yield shell
    InteractiveShell.clear_instance()


@pytest.fixture
def published(shell: InteractiveShell) -> list[dict[str, Any]]:
    """What the shell has published."""
    publisher: Any = shell.display_pub
    outputs: list[dict[str, Any]] = publisher.outputs
    return outputs


def made(*texts: str, model: str = "qwen") -> Live:
    live = Live(model=model)
    for text in texts:
        live.take(Event(text=text))
    return live


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def standing(view: Any) -> Any:
    """The view with a clock that stands still: what it has shown once is not due again on a slow machine either."""
    view._throttle = Throttle(Clock())
    return view


# How often


def test_the_first_time_is_always_due_and_the_next_a_tenth_of_a_second_later() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    assert throttle.is_due(10)
    assert not throttle.is_due(10)
    clock.now += 0.09
    assert not throttle.is_due(10)
    clock.now += 0.02
    assert throttle.is_due(10)


@pytest.mark.parametrize(("length", "seconds"), [(0, 0.1), (4_000, 0.1), (20_000, 0.5), (36_000, 0.9), (10**9, 0.9)])
def test_longer_texts_are_shown_less_often_but_at_least_about_once_a_second(length: int, seconds: float) -> None:
    clock = Clock()
    throttle = Throttle(clock)
    assert throttle.is_due(length)
    clock.now += seconds - 0.01
    assert not throttle.is_due(length)
    clock.now += 0.02
    assert throttle.is_due(length)


def test_a_pause_is_not_made_up_for() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    assert throttle.is_due(0)
    clock.now += 60
    assert [throttle.is_due(0) for _ in range(3)] == [True, False, False]


# Markdown


def test_the_markdown_view_updates_one_display_and_leaves_the_answer(published: list[dict[str, Any]]) -> None:
    view, live = standing(MarkdownView()), made("so ", "**far**")
    view.update(live)
    view.update(live)
    view.finish(live, Answer("so **far** done", "qwen"))
    first, last = published
    assert first["data"]["text/markdown"].startswith("so **far**\n\n*qwen · 2 tokens")
    assert first["data"]["text/plain"] == "so **far**"
    assert not first["update"]
    assert last["data"] == {
        "text/markdown": "so **far** done\n\n*qwen*",
        "text/plain": "so **far** done\n\n[qwen]",
    }
    assert last["update"]
    assert first["transient"]["display_id"] == last["transient"]["display_id"]


def test_the_markdown_view_shows_the_state_before_there_is_text(published: list[dict[str, Any]]) -> None:
    MarkdownView().update(Live(model="qwen", progress=Progress("load", 0.5)))
    (shown,) = published
    assert shown["data"]["text/plain"].startswith("loading qwen: 50 %")
    assert "loading qwen: 50 %" in shown["data"]["text/markdown"]


def test_the_markdown_view_shows_nothing_harmful_at_any_time(published: list[dict[str, Any]]) -> None:
    view, live = MarkdownView(), made(HOSTILE, model="<img src=x onerror=alert(1)>")
    view.update(live)
    view.finish(live, Answer(live.text, live.model))
    for shown in published:
        assert "<" not in shown["data"]["text/markdown"]


def test_the_markdown_view_leaves_nothing_where_nothing_was(published: list[dict[str, Any]]) -> None:
    MarkdownView().finish(Live(), None)
    assert published == []


def test_the_markdown_view_takes_its_state_away_when_no_answer_came(published: list[dict[str, Any]]) -> None:
    view = MarkdownView()
    view.update(Live())
    view.finish(Live(), None)
    assert published[-1]["data"] == {"text/markdown": "", "text/plain": ""}
    assert published[-1]["metadata"] == {}


def test_notices_stand_before_the_answer_and_are_harmless(published: list[dict[str, Any]]) -> None:
    live = made("Hi.")
    live.notices += ["It was started anew.", HOSTILE]
    MarkdownView().finish(live, Answer("Hi.", "qwen"))
    data = published[-1]["data"]
    assert data["text/markdown"] == f"> It was started anew. {HOSTILE.replace('<', '&lt;')}\n\nHi.\n\n*qwen*"
    assert data["text/plain"] == f"It was started anew. {HOSTILE}\n\nHi.\n\n[qwen]"


def test_what_stays_has_the_answers_numbers_as_metadata(published: list[dict[str, Any]]) -> None:
    answer = Answer("Hi.", "qwen", Usage(7, 2), Timings(7, 1.0, 2, 4.0), finish_reason="length", interrupted=True)
    MarkdownView().finish(Live(), answer)
    numbers = published[-1]["metadata"]["threadrunner"]
    assert numbers == {
        "model": "qwen",
        "usage": Usage(7, 2).to_wire(),
        "timings": Timings(7, 1.0, 2, 4.0).to_wire(),
        "finish_reason": "length",
        "interrupted": True,
    }
    assert answer_metadata(None) == {}


# Widget


def test_the_widget_becomes_plain_markdown_under_the_same_display(published: list[dict[str, Any]]) -> None:
    view, live = WidgetView(None), made("Hi.")
    assert WIDGET in published[0]["data"]
    view.update(live)
    assert len(published) == 1
    view.finish(live, Answer("Hi.", "qwen"))
    first, last = published
    assert last["data"] == {"text/markdown": "Hi.\n\n*qwen*", "text/plain": "Hi.\n\n[qwen]"}
    assert last["update"]
    assert first["transient"]["display_id"] == last["transient"]["display_id"]


def outputs_of(view: WidgetView) -> list[dict[str, Any]]:
    """What the widget's output area shows."""
    (output,) = (child for child in view._box.children if isinstance(child, ipywidgets.Output))
    return [shown["data"] for shown in output.outputs]


def test_the_widget_shows_text_and_state_without_anything_harmful(shell: InteractiveShell) -> None:
    view = WidgetView(None)
    view.update(made(HOSTILE, model="<img src=x onerror=alert(1)>"))
    assert outputs_of(view) == [{"text/markdown": HOSTILE.replace("<", "&lt;"), "text/plain": HOSTILE}]
    assert "<img" not in view._state.value
    assert "1 tokens" in view._state.value


def test_the_widget_shows_no_more_often_than_its_throttle_says(shell: InteractiveShell) -> None:
    view = standing(WidgetView(None))
    view.update(made("one"))
    view.update(made("one", "two"))
    assert [data["text/plain"] for data in outputs_of(view)] == ["one"]


def test_the_widgets_button_stops(shell: InteractiveShell) -> None:
    presses: list[str] = []
    view = WidgetView(lambda: presses.append("stop"))
    view.stop_button.click()
    assert presses == ["stop"]
    assert view.stop_button.layout.display == ""


def test_without_a_way_to_stop_there_is_no_button_to_see(shell: InteractiveShell) -> None:
    assert WidgetView(None).stop_button.layout.display == "none"


def test_a_finished_widget_leaves_no_widget_behind(shell: InteractiveShell) -> None:
    living = ipywidgets.widgets.widget._instances
    before = set(living)
    view = WidgetView(lambda: None)
    assert len(set(living) - before) >= 5
    view.update(made("Hi."))
    view.finish(made("Hi."), Answer("Hi."))
    assert sorted(type(living[key]).__name__ for key in set(living) - before) == []


# Stream


def test_the_stream_is_written_as_it_comes_and_ends_with_the_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    view, live = StreamView(), Live(model="qwen")
    said = []
    for text in ("one ", "two"):
        live.take(Event(text=text))
        view.update(live)
        said.append(capsys.readouterr().out)
    live.text += "!"
    view.finish(live, Answer(live.text, "qwen"))
    assert said == ["one ", "two"]
    assert capsys.readouterr() == ("!\n[qwen]\n", "")


def test_the_stream_sends_no_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    view = StreamView()
    view.update(made("\x1b[2Jone\ttwo\n\x07"))
    view.finish(made("\x1b[2Jone\ttwo\n\x07", "\x9b"), Answer(""))
    assert capsys.readouterr().out == "[2Jone\ttwo\n\n[]\n"


def test_in_a_terminal_the_state_is_shown_until_the_text_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    view, live = StreamView(), Live(progress=Progress("load", 0.5))
    view.update(live)
    assert "loading the model: 50 %" in terminal.getvalue()
    live.take(Event(text="a"))
    view.update(live)
    assert terminal.getvalue().endswith("\r\x1b[K")
    shown = terminal.getvalue()
    live.take(Event(text="b"))
    view.update(live)
    assert terminal.getvalue() == shown


def test_outside_a_terminal_no_state_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    view = StreamView()
    view.update(Live(progress=Progress("load", 0.5)))
    view.finish(Live(), None)
    assert capsys.readouterr() == ("", "")


def test_notices_of_a_stream_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    live = made("Hi.")
    live.notices.append("It was started anew.")
    StreamView().finish(live, Answer("Hi."))
    assert capsys.readouterr().err == "It was started anew.\n"


# Which view


def test_the_quiet_view_shows_nothing(published: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    QuietView().update(made("Hi."))
    QuietView().finish(made("Hi."), Answer("Hi."))
    assert published == []
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("wanted", "kind"),
    [("auto", StreamView), ("stream", StreamView), ("markdown", MarkdownView), ("widget", WidgetView)],
)
def test_without_a_kernel_the_view_is_the_stream_unless_another_is_asked_for(
    shell: InteractiveShell, wanted: Any, kind: type
) -> None:
    view = make_view(shell, Settings(view=wanted), lambda: None)
    assert type(view) is kind


class Kernel:
    """What `make_view` asks of a kernel."""

    def __init__(self, metadata: dict[str, str]) -> None:
        self.metadata = metadata
        self.watched: list[object] = []

    def get_parent(self) -> dict[str, Any]:
        return {"metadata": self.metadata}

    def watch_stop_button(self, button: object, stop: object) -> None:
        self.watched.append(button)


@pytest.mark.parametrize(("metadata", "kind"), [({"cellId": "c-1"}, WidgetView), ({}, MarkdownView)])
def test_in_a_kernel_the_widget_is_for_front_ends_that_name_the_cell(
    shell: InteractiveShell, metadata: dict[str, str], kind: type
) -> None:
    kernel = Kernel(metadata)
    shell.kernel = kernel  # type: ignore[attr-defined]  # as in ipykernel's shell
    view = make_view(shell, Settings(), lambda: None)
    assert type(view) is kind
    assert kernel.watched == ([view.stop_button] if isinstance(view, WidgetView) else [])
