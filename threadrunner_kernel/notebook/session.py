"""One notebook's dealings with the host: asking, being stopped, the lease that keeps the model warm."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from threadrunner_kernel import config
from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.config import Settings
from threadrunner_kernel.conversation import Conversation, as_dicts
from threadrunner_kernel.errors import BadSetting, Cancelled, GenerationInterrupted
from threadrunner_kernel.launcher import ensure_host, find_host, host_notices, start_private_host
from threadrunner_kernel.lease import Lease
from threadrunner_kernel.live import Live, demo_notice
from threadrunner_kernel.messages import Message, event_from_chunk, loaded_text, model_label
from threadrunner_kernel.notebook.answer import Answer
from threadrunner_kernel.notebook.generation import Generation
from threadrunner_kernel.notebook.question import Question
from threadrunner_kernel.notebook.sticky import Sticky
from threadrunner_kernel.notebook.view import QuietView, View
from threadrunner_kernel.process import ChildProcess

# The chat that a notebook's cells continue when they name none.
NOTEBOOK_CHAT = "notebook"


@dataclass(eq=False)
class Operation:
    """Something under way that a stop ends. It is in the foreground when a cell is waiting for it.

    ``request`` is the cell's that awaits it, while others may run.
    """

    cancellation: Cancellation
    is_foreground: bool
    request: str | None = None


class Session:
    """Asks the host on behalf of one notebook. ``ask`` blocks; ``cancel`` may be called from any thread.

    ``running_request`` says of which cell the code is that calls it, ``is_running_a_cell`` whether a thread that is not
    the main one runs a cell too, as a subshell's does.
    """

    def __init__(
        self,
        running_request: Callable[[], str | None] = lambda: None,
        is_running_a_cell: Callable[[], bool] = lambda: False,
    ) -> None:
        self.running_request = running_request
        self.is_running_a_cell = is_running_a_cell
        self.sticky = Sticky()
        self.last: Answer | None = None
        self.chats: dict[str, Conversation] = {NOTEBOOK_CHAT: Conversation()}
        self._lock = threading.Lock()
        self._operations: list[Operation] = []
        self._told: set[str] = set()
        self._lease: Lease | None = None
        self._private: tuple[HostClient, ChildProcess] | None = None

    # Asking.

    def ask(
        self,
        question: Question,
        make_view: Callable[[Callable[[], None]], View],
        keep: Callable[[Answer], None] = lambda _: None,
    ) -> Answer:
        """The answer to a question, shown by the view as it comes. ``keep`` gets it before anything is raised.

        Raises:
            GenerationInterrupted: the user's stop, after what there was is shown and kept.
            ThreadRunnerError: what went wrong, in a sentence.
        """
        with self.operation(Cancellation()) as operation:
            view = make_view(operation.cancellation.cancel)
            return self._show(self._generation(question, operation.cancellation, keep), view)

    def _show(self, generation: Generation, view: View) -> Answer:
        live = generation.live
        try:
            view.update(live)
            for event in generation.events():
                if event.is_demo and not isinstance(view, QuietView):
                    self._tell_new([demo_notice("%llm pull", "%llm models")], live.notices.append)
                view.update(live)
        except (Cancelled, KeyboardInterrupt):
            answer = generation.end(is_interrupted=True)
            view.finish(live, answer if live.text else None)
            raise generation.interrupted() from None
        except BaseException:
            view.finish(live, generation.end(is_interrupted=True) if live.text else None)
            raise
        answer = generation.end(is_interrupted=False)
        view.finish(live, answer)
        if generation.cancellation.is_cancelled:
            raise generation.interrupted()
        answer.mark_on_screen()
        return answer

    def stream(
        self, question: Question, cancellation: Cancellation, keep: Callable[[Answer], None] = lambda _: None
    ) -> Iterator[str]:
        """The pieces of the answer's text. Leaving the iterator, or the cancel, ends the generation.

        Raises:
            Cancelled: the cancel, after what there was is kept.
            ThreadRunnerError
        """
        generation = self._generation(question, cancellation, keep)
        events = generation.events()
        is_complete = False
        try:
            while True:
                # A stop between two pieces is the user's own code's to see.
                with self.operation(cancellation):
                    event = next(events, None)
                if event is None:
                    break
                if event.text:
                    yield event.text
            is_complete = True
        finally:
            events.close()
            if is_complete or generation.live.text:
                generation.end(is_interrupted=not is_complete)

    # Chats and settings.

    def settings(self, options: Mapping[str, Any] | None = None) -> Settings:
        """The settings in force in this notebook, with these options over them.

        Raises:
            BadSetting
        """
        return self.sticky.load(options)

    def chat(self, name: str) -> Conversation:
        """The chat of this name; one that is not there yet begins."""
        return self.chats.setdefault(name, Conversation())

    def known_chat(self, name: str) -> Conversation:
        """The chat of this name.

        Raises:
            BadSetting: there is none, with the nearest.
        """
        if name not in self.chats:
            raise BadSetting(f"There is no chat {name!r}.{config.nearest(name, self.chats)}", param="chat")
        return self.chats[name]

    def _generation(self, question: Question, cancellation: Cancellation, keep: Callable[[Answer], None]) -> Generation:
        def keep_all(answer: Answer) -> None:
            self.last = answer
            question.remember(answer)
            keep(answer)

        return Generation(question, cancellation, partial(self.host, question.settings, cancellation), keep_all)

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
            self._lease = Lease(client, cancellation, holder_name())
            self._tell_once(client, settings, tell)
        client.lease = self._lease.id
        return client

    def find_host(self, settings: Settings) -> HostClient | None:
        """The host if it runs; never starts one."""
        if self._private and self._private[1].exit is None:
            return self._private[0]
        return None if settings.host == "private" else find_host(settings)

    def load(
        self,
        settings: Settings,
        make_view: Callable[[Callable[[], None]], View],
        wishes: Mapping[str, Any] | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> str:
        """Make the model ready, with its progress shown; a sentence on what that came to.

        ``wishes`` are how, as the host's route has them.

        Raises:
            GenerationInterrupted: the user's stop; the load goes on.
            ThreadRunnerError
        """
        live = self._made_ready(settings, make_view, wishes or {})
        for notice in live.notices:
            tell(notice)
        return loaded_text(live.model, live.engine)

    def _made_ready(
        self, settings: Settings, make_view: Callable[[Callable[[], None]], View], wishes: Mapping[str, Any]
    ) -> Live:
        body = {**model_body(settings), **wishes}
        live = Live(model=model_label(settings))
        with self.operation(Cancellation()) as operation:
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
        return live

    def post(self, path: str, body: dict[str, Any], settings: Settings) -> dict[str, Any]:
        """The host's answer to a request about a model, which is loaded first if need be.

        Raises:
            GenerationInterrupted: the user's stop.
            ThreadRunnerError
        """
        model = model_body(settings)
        with self.operation(Cancellation()) as operation:
            try:
                host = self.host(settings, operation.cancellation)
                return host.post(path, {**model, **body}, operation.cancellation)
            except (Cancelled, KeyboardInterrupt):
                raise GenerationInterrupted("nothing came of it.") from None

    def count_tokens(self, text: str, settings: Settings) -> int:
        """How many tokens the model makes of a text as it stands."""
        body = {"content": text, "add_special": False, "parse_special": True}
        return len(self.post("/tokenize", body, settings)["tokens"])

    def context_use(
        self,
        messages: Sequence[Message],
        settings: Settings,
        make_view: Callable[[Callable[[], None]], View],
    ) -> tuple[int, int | None]:
        """The tokens that a prompt after these messages begins with, and how many the model's context holds."""
        name = self._made_ready(settings, make_view, {}).model
        body = {"messages": as_dicts((*messages, Message("user", "")))}
        used = self.count_tokens(self.post("/apply-template", body, settings)["prompt"], settings)
        rows = self.host(settings, Cancellation()).get("/status")["models"]
        limits = [row["context"] for row in rows if row["context"] and name in ("", row["name"])]
        return used, limits[0] if len(limits) == 1 else None

    def _private_host(self, settings: Settings, cancellation: Cancellation) -> HostClient:
        if self._private is None or self._private[1].exit is not None:
            self._private = start_private_host(settings, cancellation)
        return self._private[0]

    def _tell_once(self, client: HostClient, settings: Settings, tell: Callable[[str], None]) -> None:
        self._tell_new(host_notices(settings, client.get("/health")), tell)

    def _tell_new(self, texts: Iterable[str], tell: Callable[[str], None]) -> None:
        for text in texts:
            if text not in self._told:
                self._told.add(text)
                tell(text)

    # Stopping.

    @contextlib.contextmanager
    def operation(self, cancellation: Cancellation) -> Iterator[Operation]:
        """Within the block there is something that ``cancel`` ends."""
        is_foreground = threading.current_thread() is threading.main_thread() or self.is_running_a_cell()
        with self._registered(Operation(cancellation, is_foreground)) as operation:
            yield operation

    @contextlib.contextmanager
    def awaited(self, cancellation: Cancellation) -> Iterator[None]:
        """As ``operation``, for what code awaits: it is in the foreground while the cell of that code runs."""
        with self._registered(Operation(cancellation, False, self.running_request())):
            yield

    @contextlib.contextmanager
    def _registered(self, operation: Operation) -> Iterator[Operation]:
        with self._lock:
            self._operations.append(operation)
        try:
            yield operation
        finally:
            with self._lock:
                self._operations.remove(operation)

    def cancel(self, *, is_executing: bool, request: str | None = None) -> bool:
        """Cancel what the running cell waits for, or with no cell running what goes on in the background.

        Whether there was something that had not been cancelled before: otherwise the interrupt is Python's own.
        ``request`` is the running cell's.
        """
        with self._lock:
            chosen = [
                op
                for op in self._operations
                if not is_executing or op.is_foreground or (op.request is not None and op.request == request)
            ]
        fresh = [op for op in chosen if not op.cancellation.is_cancelled]
        for operation in fresh:
            operation.cancellation.cancel()
        return bool(fresh)


def model_body(settings: Settings) -> dict[str, Any]:
    """What a request about a model says of it."""
    return {"model": settings.model, "engine": settings.engine, "keep_alive": settings.keep_alive}


def holder_name() -> str:
    """What others are told of who holds a model: the notebook's file, which Jupyter names to its kernel."""
    return os.path.basename(os.environ.get("JPY_SESSION_NAME", ""))
