"""One answer on a terminal: asking the host, showing what comes, and the Ctrl-C that stops it."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import Cancelled
from threadrunner_kernel.launcher import ask as ask_host
from threadrunner_kernel.launcher import host_notices, reach_host, start_private_host
from threadrunner_kernel.live import Live, answered_by, demo_notice, numbers_line
from threadrunner_kernel.messages import ChatRequest, Event, Timings, Usage, model_label
from threadrunner_kernel.terminal import printable

if TYPE_CHECKING:
    from threadrunner_kernel.lease import Lease
    from threadrunner_kernel.process import ChildProcess


class Output:
    """Where an answer goes: its text to stdout, all else to stderr.

    ``is_held``: the text is not written as it comes. The numbers are for people, or for who asks for them.
    """

    def __init__(self, *, is_quiet: bool = False, is_verbose: bool = False, is_held: bool = False) -> None:
        self.is_quiet = is_quiet
        self.is_held = is_held
        self.has_state_line = sys.stderr.isatty() and not is_quiet
        self.has_numbers = not is_quiet and (
            is_verbose or (sys.stderr.isatty() and sys.stdout.isatty() and not is_held)
        )
        self._clean = printable if sys.stdout.isatty() else str
        self._has_state = False

    def note(self, text: str) -> None:
        """A line on stderr."""
        if not self.is_quiet:
            self.clear_state()
            click.echo(text, err=True)

    def dim(self, text: str, *, is_line: bool = True) -> None:
        if not self.is_quiet:
            self.clear_state()
            click.echo(click.style(text, dim=True), nl=is_line, err=True)

    def text(self, text: str) -> None:
        if not self.is_held:
            self.clear_state()
            sys.stdout.write(self._clean(text))
            sys.stdout.flush()

    def reasoning(self, text: str) -> None:
        self.dim(self._clean(text), is_line=False)

    def state(self, text: str) -> None:
        """Say in one line what goes on; the next thing written takes its place."""
        if self.has_state_line:
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()
            self._has_state = True

    def clear_state(self) -> None:
        if self._has_state:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._has_state = False


class Hosts:
    """Whom a command asks: the user's host, or with ``host = "private"`` one of its own, which ends with ``close``.

    What a host has to tell is told once. With ``is_leasing`` the models that are used stay loaded until the end.
    """

    def __init__(self, output: Output, *, is_leasing: bool = False) -> None:
        self._output = output
        self._is_leasing = is_leasing
        self._told: set[str] = set()
        self._private: tuple[HostClient, ChildProcess] | None = None
        self._lease: Lease | None = None

    def reach(self, settings: Settings, cancellation: Cancellation) -> HostClient:
        """The host, started if need be.

        Raises:
            Cancelled, HostUnavailable
        """
        if settings.host == "private":
            client = self._reach_private(settings, cancellation)
            health = client.get("/health")
        else:
            client, found = reach_host(settings, cancellation)
            health = dict(found)
        for notice in host_notices(settings, health):
            self.tell_once(notice)
        if self._is_leasing:
            client.lease = self._leased(client, cancellation)
        return client

    def tell_once(self, notice: str) -> None:
        if notice not in self._told:
            self._told.add(notice)
            self._output.note(notice)

    def close(self) -> None:
        if self._private:
            self._private[1].stop()

    def _reach_private(self, settings: Settings, cancellation: Cancellation) -> HostClient:
        if self._private is None or self._private[1].exit is not None:
            self._private = start_private_host(settings, cancellation)
        return self._private[0]

    def _leased(self, client: HostClient, cancellation: Cancellation) -> str | None:
        from threadrunner_kernel.lease import Lease

        if self._lease is None or not self._lease.is_held:
            self._lease = Lease(client, cancellation, "threadrunner chat")
        return self._lease.id


class Outcome:
    """What came of a request. ``is_stopped``: by this terminal's Ctrl-C."""

    def __init__(self, request: ChatRequest, live: Live, last: Event, *, is_stopped: bool) -> None:
        self.text = live.text
        self.is_stopped = is_stopped
        self._request = request
        self._live = live
        self._last = last
        self._ended = time.monotonic()

    @property
    def first_token_seconds(self) -> float | None:
        return None if self._live.first_token is None else self._live.first_token - self._live.began

    def numbers(self) -> str:
        """One line of what it took."""
        timings = self._last.timings or self._measured()
        usage = self._last.usage or Usage()
        live = self._live
        model = answered_by(live.model, live.engine, is_demo=live.is_demo)
        line = numbers_line(model, usage, timings, self.first_token_seconds, self._last.finish_reason, live.pace)
        return f"{line} · stopped" if self.is_stopped else line

    def _measured(self) -> Timings:
        """Of an answer that was stopped before its numbers came."""
        making = self._ended - self._live.first_token if self._live.first_token else 0.0
        return Timings(predicted_n=self._live.tokens, predicted_ms=1000 * making)

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return {
            "text": self.text,
            "reasoning": self._live.reasoning,
            "model": self._live.model or None,
            "engine": self._live.engine or None,
            "pace": self._live.pace,
            "seed": self._request.seed,
            "finish_reason": self._last.finish_reason,
            "first_token_seconds": self.first_token_seconds,
            "usage": (self._last.usage or Usage(completion_tokens=self._live.tokens)).to_wire(),
            "timings": self._last.timings.to_wire() if self._last.timings else None,
            "notices": self._live.notices,
        }


def answer(request: ChatRequest, settings: Settings, hosts: Hosts, output: Output) -> Outcome:
    """Ask, and show the answer as it comes. Leaving in any way ends the generation.

    Raises:
        ThreadRunnerError: what went wrong; a Ctrl-C is an outcome.
    """
    cancellation = Cancellation()
    live = Live(model=model_label(settings))
    last = Event()
    is_stopped = False
    output.state(live.state())
    try:
        with interrupting(cancellation):
            for event in ask_host(request, cancellation, lambda: hosts.reach(settings, cancellation)):
                last = event
                live.take(event)
                if event.is_demo and settings.model is None:
                    hosts.tell_once(demo_notice("threadrunner pull", "threadrunner models"))
                _show(event, live, output)
    except Cancelled:
        if not cancellation.is_cancelled:
            raise
        is_stopped = True
    finally:
        output.clear_state()
        if live.text and not live.text.endswith("\n"):
            output.text("\n")
    return _told(Outcome(request, live, last, is_stopped=is_stopped), last, output)


def _show(event: Event, live: Live, output: Output) -> None:
    if event.reasoning:
        output.reasoning(event.reasoning)
    if event.text:
        if live.reasoning and live.text == event.text:
            output.note("\n")  # between the thinking and the answer
        output.text(event.text)
    elif not live.text and not live.reasoning:
        output.state(live.state())
    if event.notice:
        output.note(event.notice)


def _told(outcome: Outcome, last: Event, output: Output) -> Outcome:
    """Say at the end what is to be said of an answer."""
    if output.has_numbers:
        output.dim(outcome.numbers())
    elif last.finish_reason == "length":
        output.note("\n[ended at the token limit]")
    return outcome


@contextlib.contextmanager
def interrupting(cancellation: Cancellation) -> Iterator[None]:
    """Within the block the first Ctrl-C cancels, and the next one is a ``KeyboardInterrupt`` as ever."""

    def stop(signum: int, frame: object) -> None:
        if cancellation.is_cancelled:
            raise KeyboardInterrupt
        # On a thread: the main one may be just within a lock that the cancel takes.
        threading.Thread(target=cancellation.cancel, name="cancel").start()

    earlier = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, earlier)
