"""One notebook's dealings with the host: asking, being stopped, the lease that keeps the model warm."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.config import Format, Settings
from threadrunner_kernel.errors import BadRequest, Cancelled, GenerationInterrupted, ThreadRunnerError
from threadrunner_kernel.launcher import ask, ensure_host, find_host, host_notices, start_private_host
from threadrunner_kernel.live import Live
from threadrunner_kernel.messages import ChatRequest, Event, Timings, Usage, chat_request, event_from_chunk, model_label
from threadrunner_kernel.notebook.answer import Answer
from threadrunner_kernel.notebook.view import View
from threadrunner_kernel.process import ChildProcess

LEASE_TIMEOUT_SECONDS = 10.0


@dataclass(eq=False)
class Operation:
    """Something under way that a stop ends. It is in the foreground when a cell is waiting for it."""

    cancellation: Cancellation
    is_foreground: bool


class Session:
    """Asks the host on behalf of one notebook. ``ask`` blocks; ``cancel`` may be called from any thread."""

    def __init__(self) -> None:
        self.last: Answer | None = None
        self._lock = threading.Lock()
        self._operations: list[Operation] = []
        self._told: set[str] = set()
        self._lease: _Lease | None = None
        self._private: tuple[HostClient, ChildProcess] | None = None

    # Asking.

    def ask(
        self,
        prompt: str,
        settings: Settings,
        make_view: Callable[[Callable[[], None]], View],
        keep: Callable[[Answer], None] = lambda _: None,
    ) -> Answer:
        """The answer to a prompt, shown by the view as it comes. ``keep`` gets it before anything is raised.

        Raises:
            GenerationInterrupted: the user's stop, after what there was is shown and kept.
            ThreadRunnerError: what went wrong, in a sentence.
        """
        if not prompt.strip():
            raise BadRequest("The prompt is empty: write below the %%llm line what the model should answer.")
        request = chat_request(prompt, settings)
        live = Live(model=model_label(settings))
        with self.operation() as operation:
            view = make_view(operation.cancellation.cancel)
            return self._stream(request, settings, operation, live, view, keep)

    def _stream(
        self,
        request: ChatRequest,
        settings: Settings,
        operation: Operation,
        live: Live,
        view: View,
        keep: Callable[[Answer], None],
    ) -> Answer:
        last = Event()
        is_cancelled = False
        try:
            view.update(live)
            cancellation = operation.cancellation
            for last in ask(request, cancellation, lambda: self.host(settings, cancellation, live.notices.append)):
                live.take(last)
                view.update(live)
        except (Cancelled, KeyboardInterrupt):
            is_cancelled = True
        except BaseException:
            answer = _answer(live, last, settings.format, interrupted=True) if live.text else None
            self._keep(answer, keep)
            view.finish(live, answer)
            raise
        answer = _answer(live, last, settings.format, interrupted=is_cancelled)
        self._keep(answer, keep)
        view.finish(live, answer if answer.text or not is_cancelled else None)
        if is_cancelled or operation.cancellation.is_cancelled:
            kept = f"{live.tokens} tokens are kept" if live.text else "before the first token"
            raise GenerationInterrupted(f"the answer was stopped, {kept}.")
        answer.mark_on_screen()
        return answer

    def _keep(self, answer: Answer | None, keep: Callable[[Answer], None]) -> None:
        if answer is not None:
            self.last = answer
            keep(answer)

    # The host.

    def host(
        self, settings: Settings, cancellation: Cancellation, tell: Callable[[str], None] = lambda _: None
    ) -> HostClient:
        """The host, started if need be, under this notebook's lease; ``tell`` gets what the user should know once."""
        if settings.host == "private":
            client = self._private_host(settings, cancellation)
        else:
            client = ensure_host(settings, cancellation)
        if self._lease is None or not self._lease.is_held or self._lease.pid != os.getpid():
            self._lease = _Lease(client, cancellation)
            self._tell_once(client, settings, tell)
        client.lease = self._lease.id
        return client

    def find_host(self, settings: Settings) -> HostClient | None:
        """The host if it runs; never starts one."""
        if self._private and self._private[1].exit is None:
            return self._private[0]
        return None if settings.host == "private" else find_host(settings)

    def load(self, settings: Settings, make_view: Callable[[Callable[[], None]], View]) -> str:
        """Make the model ready, with its progress shown; its name.

        Raises:
            GenerationInterrupted: the user's stop; the load goes on.
            ThreadRunnerError
        """
        body: dict[str, Any] = {"model": settings.model, "engine": settings.engine, "keep_alive": settings.keep_alive}
        live = Live(model=model_label(settings))
        with self.operation() as operation:
            view = make_view(operation.cancellation.cancel)
            try:
                host = self.host(settings, operation.cancellation)
                with host.stream("POST", "/models/load", {**body, "stream": True}, operation.cancellation) as chunks:
                    for chunk in chunks:
                        live.model = str(chunk.get("model", live.model))
                        live.take(event_from_chunk(chunk))
                        view.update(live)
            except (Cancelled, KeyboardInterrupt):
                raise GenerationInterrupted("the load goes on in the background.") from None
            finally:
                view.finish(live, None)
        return live.model

    def _private_host(self, settings: Settings, cancellation: Cancellation) -> HostClient:
        if self._private is None or self._private[1].exit is not None:
            self._private = start_private_host(settings, cancellation)
        return self._private[0]

    def _tell_once(self, client: HostClient, settings: Settings, tell: Callable[[str], None]) -> None:
        for text in host_notices(settings, client.get("/health")):
            if text not in self._told:
                self._told.add(text)
                tell(text)

    # Stopping.

    @contextlib.contextmanager
    def operation(self) -> Iterator[Operation]:
        """Within the block there is something that ``cancel`` ends."""
        is_foreground = threading.current_thread() is threading.main_thread()
        operation = Operation(Cancellation(), is_foreground)
        with self._lock:
            self._operations.append(operation)
        try:
            yield operation
        finally:
            with self._lock:
                self._operations.remove(operation)

    def cancel(self, *, is_executing: bool) -> bool:
        """Cancel what the running cell waits for, or with no cell running what goes on in the background.

        Whether there was something that had not been cancelled before: otherwise the interrupt is Python's own.
        """
        with self._lock:
            chosen = [op for op in self._operations if op.is_foreground or not is_executing]
        fresh = [op for op in chosen if not op.cancellation.is_cancelled]
        for operation in fresh:
            operation.cancellation.cancel()
        return bool(fresh)


class _Lease:
    """Held from its making until the host or this process ends, by a thread that reads its stream."""

    def __init__(self, client: HostClient, cancellation: Cancellation) -> None:
        self.id: str | None = None
        self.pid = os.getpid()
        self.is_held = True
        self._client = HostClient(client.endpoint)
        self._granted = threading.Event()
        threading.Thread(target=self._hold, name="lease", daemon=True).start()
        deadline = time.monotonic() + LEASE_TIMEOUT_SECONDS
        while not self._granted.wait(0.02) and self.is_held and time.monotonic() < deadline:
            cancellation.check()

    def _hold(self) -> None:
        try:
            with self._client.stream("GET", f"/lease?pid={self.pid}", None, Cancellation()) as chunks:
                for chunk in chunks:
                    self.id = chunk.get("lease", self.id)
                    self._granted.set()
        except ThreadRunnerError:
            pass  # the host is gone; the next prompt starts one and takes a new lease
        finally:
            self.is_held = False


def _answer(live: Live, last: Event, form: Format, *, interrupted: bool) -> Answer:
    first = None if live.first_token is None else live.first_token - live.began
    answer = Answer(live.text, live.model, interrupted=interrupted, first_token_seconds=first)
    answer = replace(answer, reasoning=live.reasoning, reasoning_seconds=live.thinking_seconds, format=form)
    if last.usage and last.timings:
        return replace(answer, usage=last.usage, timings=last.timings, finish_reason=last.finish_reason)
    if live.first_token is None:
        return answer
    # Cut off: the runner's own count never came, what was shown is counted.
    made_ms = 1000 * (time.monotonic() - live.first_token)
    return replace(answer, usage=Usage(0, live.tokens), timings=Timings(predicted_n=live.tokens, predicted_ms=made_ms))
