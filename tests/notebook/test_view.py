"""The views in a real IPython: what is published while an answer is made, how often, and what stays of it."""

from __future__ import annotations

import io
import re
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
from threadrunner_kernel.notebook.markdown import characters
from threadrunner_kernel.notebook.reopening import MOST_KEPT, Remains, Reopenings
from threadrunner_kernel.notebook.view import (
    MarkdownView,
    NextCellView,
    QuietView,
    StreamView,
    Throttle,
    output_metadata,
)
from threadrunner_kernel.notebook.widget_view import OUTPUTS_PER_BOX, WidgetView

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


def foot(line: str, raw: str) -> str:
    """The line below an answer, with the text as the model wrote it behind it."""
    return f"<details><summary><small>{line}</small></summary><pre><code>{characters(raw)}</code></pre></details>"


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
    assert throttle.is_due()
    assert not throttle.is_due()
    clock.now += 0.09
    assert not throttle.is_due()
    clock.now += 0.02
    assert throttle.is_due()


def test_another_stage_is_due_at_once() -> None:
    throttle = Throttle(Clock())
    assert [throttle.is_due(stage) for stage in ("queue", "queue", "prompt")] == [True, False, True]


def test_a_pause_is_not_made_up_for() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    assert throttle.is_due()
    clock.now += 60
    assert [throttle.is_due() for _ in range(3)] == [True, False, False]


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
        "text/markdown": f"so **far** done\n\n{foot('qwen', 'so **far** done')}",
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
        assert not re.search(r"<(?!/?(details|summary|small|pre|code)>)", shown["data"]["text/markdown"])


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
    assert (
        data["text/markdown"]
        == f"> It was started anew. {HOSTILE.replace('<', '&lt;')}\n\nHi.\n\n{foot('qwen', 'Hi.')}"
    )
    assert data["text/plain"] == f"It was started anew. {HOSTILE}\n\nHi.\n\n[qwen]"


def test_what_stays_has_the_answers_numbers_as_metadata(published: list[dict[str, Any]]) -> None:
    answer = Answer("Hi.", "qwen", Usage(7, 2), Timings(7, 1.0, 2, 4.0), finish_reason="length", interrupted=True)
    MarkdownView().finish(Live(), answer)
    numbers = published[-1]["metadata"]["threadrunner"]
    assert numbers == {
        "model": "qwen",
        "usage": Usage(7, 2).to_wire(),
        "timings": Timings(7, 1.0, 2, 4.0).to_wire(),
        "first_token_seconds": None,
        "reasoning_seconds": None,
        "finish_reason": "length",
        "interrupted": True,
    }
    assert output_metadata(Live(), None) == {}


# Widget


def do_nothing() -> None:
    """A stop that is never asked for."""


def widget_view(watch: Any = None, **options: Any) -> WidgetView:
    return WidgetView(do_nothing, watch, **options)


def outputs_of(widget: Any) -> list[ipywidgets.Output]:
    """The output areas in a widget, in the order in which they stand."""
    if isinstance(widget, ipywidgets.Output):
        return [widget]
    return [output for child in getattr(widget, "children", ()) for output in outputs_of(child)]


def shown_in(view: WidgetView) -> list[dict[str, str]]:
    """What the widget's output areas show."""
    return [shown["data"] for output in outputs_of(view._box) for shown in output.outputs]


def test_the_widget_becomes_plain_markdown_under_the_same_display(published: list[dict[str, Any]]) -> None:
    view, live = widget_view(), made("Hi.")
    assert WIDGET in published[0]["data"]
    view.update(live)
    assert len(published) == 1
    view.finish(live, Answer("Hi.", "qwen"))
    first, last = published
    assert last["data"] == {"text/markdown": f"Hi.\n\n{foot('qwen', 'Hi.')}", "text/plain": "Hi.\n\n[qwen]"}
    assert last["update"]
    assert first["transient"]["display_id"] == last["transient"]["display_id"]


def test_the_widget_shows_text_and_state_without_anything_harmful(shell: InteractiveShell) -> None:
    view = widget_view()
    view.update(made(HOSTILE, model="<img src=x onerror=alert(1)>"))
    assert shown_in(view) == [{"text/markdown": HOSTILE.replace("<", "&lt;")}]
    assert "<img" not in view._state.value
    assert "1 tokens" in view._state.value


def test_the_widget_shows_no_more_often_than_its_throttle_says(shell: InteractiveShell) -> None:
    view = standing(widget_view())
    view.update(made("one"))
    view.update(made("one", "two"))
    assert shown_in(view) == [{"text/markdown": "one"}]


class Watch:
    """A kernel's ear for buttons."""

    def __init__(self) -> None:
        self.presses: dict[str, Any] = {}

    def __call__(self, button: Any, press: Any) -> None:
        self.presses[button.description] = press


def test_the_widgets_buttons_stop_and_show_the_raw_text(shell: InteractiveShell) -> None:
    watch = Watch()
    view = WidgetView(do_nothing, watch)
    assert watch.presses == {"Stop": do_nothing, "Raw": view.toggle_raw}
    assert {button.layout.display for button in (view.stop_button, view.raw_button)} == {""}
    for form, data in [("text/markdown", "&lt;b>"), ("text/plain", "<b>"), ("text/markdown", "&lt;b>")]:
        view.update(made("<b>"))
        assert shown_in(view) == [{form: data}]
        watch.presses["Raw"]()


def test_where_nobody_hears_a_button_there_is_none_to_see(shell: InteractiveShell) -> None:
    view = widget_view()
    assert {button.layout.display for button in (view.stop_button, view.raw_button)} == {"none"}


def test_a_finished_widget_leaves_no_widget_behind(shell: InteractiveShell) -> None:
    living = ipywidgets.widgets.widget._instances
    before = set(living)
    view, live = widget_view(), made(*["A paragraph of some words.\n\n"] * 400)
    live.reasoning, live.reasoning_tokens = "Hm. " * 1000, 1000
    view.update(live)
    assert len(set(living) - before) >= 10
    view.finish(live, Answer("Hi."))
    assert sorted(type(living[key]).__name__ for key in set(living) - before) == []


def test_the_widget_of_a_page_that_was_opened_anew_keeps_the_answer(shell: InteractiveShell) -> None:
    reopenings, view = Reopenings(None), widget_view()
    view.watch_reopening(reopenings)
    reopenings.tell()
    view.finish(made("Hi."), Answer("Hi.", "qwen"))
    assert [data["text/plain"] for data in shown_in(view)] == ["Hi.\n\n[qwen]"]
    assert view._box.comm is not None
    for number in range(MOST_KEPT):
        reopenings.keep(Remains(str(number), {}))
    assert view._box.comm is None, "it is let go when it is old"


def test_an_answer_that_ended_while_no_page_was_there_comes_back_as_its_widget(shell: InteractiveShell) -> None:
    reopenings, view = Reopenings(None), widget_view()
    model_id = view._box.model_id
    view.watch_reopening(reopenings)
    view.finish(made("Hi."), Answer("Hi.", "qwen"))
    assert view._box.comm is None
    reopenings.bring_back(())
    box = ipywidgets.widgets.widget._instances[model_id]
    assert [shown["data"]["text/plain"] for output in outputs_of(box) for shown in output.outputs] == ["Hi.\n\n[qwen]"]
    reopenings.bring_back(())
    assert ipywidgets.widgets.widget._instances[model_id] is box


def test_an_answer_in_json_grows_as_plain_text(shell: InteractiveShell) -> None:
    view = widget_view(form="json")
    view.update(made('{"a": 1'))
    assert shown_in(view) == [{"text/plain": '{"a": 1'}]


def test_a_long_text_is_sent_in_chunks_of_which_only_the_last_changes(shell: InteractiveShell) -> None:
    view = WidgetView(do_nothing, None)
    text, sent = "", 0
    for number in range(1000):
        text += f"Paragraph {number} has a few words.\n\n"
        view._answer.show(text)
        sent += len(view._answer._shown)
    chunks = [data["text/markdown"] for data in shown_in(view)]
    assert len(chunks) > 20
    assert max(map(len, chunks)) < 2000
    assert "\n\n".join(chunks) == text.strip("\n")
    assert sent < 1000 * 1000, "what is sent at one update does not grow with the text"
    boxes = [widget for widget in view._answer._boxes]
    assert max(len(box.children) for box in boxes) == OUTPUTS_PER_BOX + 1


def test_a_fence_that_was_cut_is_raw_text_without_the_cut(shell: InteractiveShell) -> None:
    watch = Watch()
    view = WidgetView(do_nothing, watch)
    text = "```python\n" + "x = 1\n" * 1000 + "```\n"
    view._answer.show(text)
    assert all(data["text/markdown"].startswith("```python\n") for data in shown_in(view))
    assert all(data["text/markdown"].endswith("```") for data in shown_in(view))
    view._answer.show(text, as_raw=True)
    assert "".join(data["text/plain"] for data in shown_in(view)) == text


# Reasoning


def thinking(*thoughts: str) -> Live:
    live = Live(model="qwen")
    for thought in thoughts:
        live.take(Event(reasoning=thought))
    return live


def test_reasoning_is_folded_and_its_title_counts(shell: InteractiveShell) -> None:
    view, live = widget_view(), thinking("So ", "<b>")
    view.update(live)
    assert view._reasoning is not None
    fold = view._reasoning.fold
    assert fold.selected_index is None
    assert fold.titles == ("Thinking … 2 tokens",)
    assert [output.outputs[0]["data"] for output in outputs_of(fold)] == [{"text/plain": "So <b>"}]
    fold.selected_index = 0
    live.take(Event(text="Yes."))
    view.update(live)
    assert fold.titles[0].startswith("Thought for ")
    assert fold.selected_index == 0, "who has opened it is still reading"


def test_an_answer_without_reasoning_has_no_fold(shell: InteractiveShell) -> None:
    view = widget_view()
    view.update(made("Hi."))
    view.update(thinking("\n"))
    assert view._reasoning is None


def test_the_reasoning_stays_folded_above_the_answer_and_is_inert(published: list[dict[str, Any]]) -> None:
    answer = Answer("Yes.", "qwen", reasoning="One <b>\nand *two*", reasoning_seconds=3.14)
    MarkdownView().finish(Live(), answer)
    thought = "Thought for 3&#46;1 s"
    lines = f"{characters('One <b>')}<br>{characters('and *two*')}"
    assert published[-1]["data"]["text/markdown"].startswith(
        f"<details><summary><small>{thought}</small></summary><blockquote>{lines}</blockquote></details>\n\nYes."
    )
    assert published[-1]["data"]["text/plain"] == "Yes.\n\n[qwen]"


# Without widgets


def test_the_markdown_view_sends_bytes_in_proportion_to_the_text(
    published: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    view, live = MarkdownView(), Live()
    view._throttle = Throttle(clock)

    def sent_after(tokens: int) -> int:
        while live.tokens < tokens:
            live.take(Event(text="word "))
            clock.now += 1
            view.update(live)
        return sum(len(shown["data"]["text/plain"]) for shown in published)

    few, many = sent_after(1000), sent_after(8000)
    assert many < 8 * 1.2 * few
    assert published[-1]["data"]["text/plain"].count("word") > 8000 * 0.95


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

    def __init__(self, metadata: dict[str, str], *, can_be_asked: bool = False) -> None:
        self.metadata = metadata
        self.can_be_asked = can_be_asked
        self.watched: list[object] = []

    def get_parent(self) -> dict[str, Any]:
        return {"metadata": self.metadata, "content": {"allow_stdin": self.can_be_asked}}

    def watch_button(self, button: object, press: object) -> None:
        self.watched.append(button)


@pytest.mark.parametrize(("metadata", "kind"), [({"cellId": "c-1"}, WidgetView), ({}, MarkdownView)])
def test_in_a_kernel_the_widget_is_for_front_ends_that_name_the_cell(
    shell: InteractiveShell, metadata: dict[str, str], kind: type
) -> None:
    kernel = Kernel(metadata)
    shell.kernel = kernel  # type: ignore[attr-defined]  # as in ipykernel's shell
    view = make_view(shell, Settings(), lambda: None)
    assert type(view) is kind
    assert kernel.watched == ([view.stop_button, view.raw_button] if isinstance(view, WidgetView) else [])


@pytest.mark.parametrize(("session", "kind"), [("", StreamView), ("/somewhere/a.ipynb", MarkdownView)])
def test_a_console_gets_the_stream_and_a_servers_notebook_one_display(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch, session: str, kind: type
) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    if session:
        monkeypatch.setenv("JPY_SESSION_NAME", session)
    shell.kernel = Kernel({}, can_be_asked=True)  # type: ignore[attr-defined]
    assert type(make_view(shell, Settings(), lambda: None)) is kind


def test_code_goes_into_a_next_cell_whatever_the_view(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    view = make_view(shell, Settings(format="code"), lambda: None)
    assert type(view) is NextCellView
    text = "So:\n\n```python\nx = 1\n```\n\nAnd:\n\n```\ny\n```"
    view.finish(made(text), Answer(text))
    assert getattr(shell, "rl_next_input", None) == "x = 1"


@pytest.mark.parametrize("answer", [None, Answer(" \n"), Answer("x = ", interrupted=True)])
def test_half_an_answer_makes_no_cell(shell: InteractiveShell, answer: Answer | None) -> None:
    NextCellView(QuietView(), shell).finish(made(), answer)
    assert getattr(shell, "rl_next_input", None) is None
