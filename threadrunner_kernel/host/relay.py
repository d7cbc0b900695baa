"""One generation through the host: a ready runner, its stream passed on as it comes, one replay when it dies early."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx2

from threadrunner_kernel.endpoint import CONNECT_TIMEOUT_SECONDS, Endpoint
from threadrunner_kernel.errors import Cancelled, RunnerDied, ThreadRunnerError, Unavailable, from_wire
from threadrunner_kernel.host.dialects import Dialect, LlamaServerDialect, OpenAIDialect
from threadrunner_kernel.host.engines import LLAMA_SERVER, OPENAI, Engines
from threadrunner_kernel.host.foreign_answers import ask
from threadrunner_kernel.host.model_table import ModelTable
from threadrunner_kernel.host.policy import describe_exit
from threadrunner_kernel.host.records import Held, OnProgress
from threadrunner_kernel.messages import ChunkHead, Event, Progress
from threadrunner_kernel.models import ModelRef
from threadrunner_kernel.request_ids import GENERATION_HEADER, ID_HEADER, request_id
from threadrunner_kernel.serving import DONE, sse
from threadrunner_kernel.token_rate import TokenRate
from threadrunner_kernel.upstreams import Upstream

T = TypeVar("T")


@dataclass(eq=False)
class Generation:
    """One request that a runner answers at ``path``: what ``/stop`` and ``/status`` know of it."""

    ref: ModelRef
    body: dict[str, Any]
    keep_alive: float | None
    lease: str | None
    path: str = "/v1/chat/completions"
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex[:24]}")
    began: float = field(default_factory=time.time)
    clock: float = field(default_factory=time.monotonic)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    # Of an engine that does not count by itself.
    rate: TokenRate = field(default_factory=TokenRate)

    @property
    def head(self) -> ChunkHead:
        is_chat = self.path.endswith("/chat/completions")
        return ChunkHead(self.id, self.ref.name, int(self.began), is_chat)

    @property
    def wants_progress(self) -> bool:
        return bool(self.body.get("return_progress"))


class Relay:
    """Answers generations through the table's runners, and can cancel them by id."""

    def __init__(self, table: ModelTable, engines: Engines) -> None:
        self.table = table
        self.engines = engines
        self.running: dict[str, Generation] = {}

    def rates(self) -> dict[ModelRef, float]:
        """Tokens a second that each model makes now, of those whose engine does not count by itself."""
        rates: dict[ModelRef, float] = {}
        for generation in self.running.values():
            rates[generation.ref] = rates.get(generation.ref, 0.0) + generation.rate.per_second()
        return rates

    def cancel(self, id: str | None = None) -> int:
        """Cancel one generation, or all; how many there were."""
        chosen = [g for g in self.running.values() if id in (None, g.id)]
        for generation in chosen:
            generation.cancelled.set()
        return len(chosen)

    def cancel_lease(self, lease: str) -> None:
        """Cancel what was asked for under a lease that has ended: a forked child may hold the connection open."""
        for generation in self.running.values():
            if generation.lease == lease:
                generation.cancelled.set()

    async def stream(self, generation: Generation) -> AsyncIterator[bytes]:
        """The runner's event stream, with the host's own progress before it when that is asked for.

        Raises:
            ThreadRunnerError
        """
        async with self._registered(generation):
            head = generation.head
            async for part in _unless(generation.cancelled, self._attempts(generation)):
                if isinstance(part, bytes):
                    yield part
                elif generation.wants_progress:
                    yield sse(head.chunk(part))

    async def answer(self, generation: Generation) -> dict[str, Any]:
        """The runner's whole answer.

        Raises:
            ThreadRunnerError
        """
        async with self._registered(generation):
            parts = [part async for part in _unless(generation.cancelled, self._attempts(generation))]
        content: dict[str, Any] = json.loads(b"".join(part for part in parts if isinstance(part, bytes)))
        return content

    @contextlib.asynccontextmanager
    async def _registered(self, generation: Generation) -> AsyncIterator[None]:
        self.running[generation.id] = generation
        try:
            yield
        finally:
            del self.running[generation.id]

    async def _attempts(self, generation: Generation) -> AsyncGenerator[bytes | Event, None]:
        """The parts of the first attempt, or of the second if a runner died before it had sent any text."""
        for is_last in (False, True):
            has_text = False
            try:
                async for part in self._attempt(generation):
                    has_text = has_text or (isinstance(part, bytes) and not _is_only_progress(part))
                    yield part
                return
            except RunnerDied:
                if is_last or has_text:
                    raise

    async def _attempt(self, generation: Generation) -> AsyncIterator[bytes | Event]:
        if generation.ref.engine == OPENAI:
            yield Event(engine=self.engines.answered_by(generation.ref))
            async with contextlib.aclosing(_ask_upstream(self.engines.upstream(generation.ref), generation)) as parts:
                async for part in parts:
                    yield part
            return
        held: Held | None = None
        is_completed = False
        try:
            async for step in self._ready(generation):
                if isinstance(step, Held):
                    held = step
                else:
                    yield step
            assert held is not None
            for told in self._told(held, generation):
                yield told
            asking = _ask_llama_server if held.ref.engine == LLAMA_SERVER else _post
            async with contextlib.aclosing(asking(held, generation)) as parts:
                async for part in parts:
                    yield part
                    is_completed = part.endswith(DONE) or not generation.body.get("stream")
        finally:
            if held:
                self.table.release(held, is_completed=is_completed, is_cancelled=not is_completed)

    def _told(self, held: Held, generation: Generation) -> Iterator[Event]:
        """What the user should know of the runner before its first word."""
        if held.notice:
            yield Event(notice=held.notice)
        if generation.wants_progress and (notice := self.engines.take_notice(held.ref)):
            yield Event(notice=notice)
        engine = self.engines.answered_by(held.ref)
        if engine or held.ref.is_demo:
            yield Event(engine=engine, is_demo=held.ref.is_demo)

    async def _ready(self, generation: Generation) -> AsyncIterator[Event | Held]:
        """Progress of the load until the runner is held."""
        async for step in with_load_progress(
            lambda report: self.table.acquire(
                generation.ref,
                on_progress=report,
                keep_alive=generation.keep_alive,
                lease=generation.lease,
                shows_notices=generation.wants_progress,
            ),
            lambda held: self.table.release(held, is_completed=False),
        ):
            yield step


async def with_load_progress(
    load: Callable[[OnProgress], Coroutine[Any, Any, T]], undo: Callable[[T], None] = lambda _: None
) -> AsyncIterator[Event | T]:
    """The progress that ``load`` reports as events, and its result last; ``undo`` gets one that nobody takes."""
    values: asyncio.Queue[float | None] = asyncio.Queue()
    loading = asyncio.ensure_future(load(values.put_nowait))
    loading.add_done_callback(lambda _: values.put_nowait(None))
    is_taken = False
    try:
        while (value := await values.get()) is not None:
            yield Event(progress=Progress("load", value))
        is_taken = True
        yield loading.result()
    finally:
        # Who leaves just when the load is done leaves its result behind.
        if not loading.cancel() and not is_taken and not loading.cancelled() and not loading.exception():
            undo(loading.result())


def runner_client(endpoint: Endpoint) -> httpx2.AsyncClient:
    """A client of one runner. No time limit: a model takes what it takes, and its end closes the connection."""
    transport = httpx2.AsyncHTTPTransport(uds=str(endpoint.path) if endpoint.transport == "unix" else None)
    return httpx2.AsyncClient(
        transport=transport, base_url=endpoint.base_url(), headers=endpoint.headers(), timeout=None, trust_env=False
    )


async def _post(held: Held, generation: Generation) -> AsyncGenerator[bytes]:
    """The raw parts of the runner's answer.

    Raises:
        RunnerDied: with how it ended.
        ThreadRunnerError: the one that the runner answered with.
    """
    headers = {ID_HEADER: request_id.get(), GENERATION_HEADER: generation.id}
    async with (
        _its_end_told(held),
        runner_client(held.run.endpoint) as client,
        client.stream("POST", generation.path, json=generation.body, headers=headers) as response,
    ):
        if response.status_code != 200:
            raise from_wire(_json(await response.aread()), response.status_code)
        async for part in response.aiter_raw():
            yield part


async def _ask_llama_server(held: Held, generation: Generation) -> AsyncGenerator[bytes]:
    """As ``_post``, of llama.cpp's own server."""
    dialect = LlamaServerDialect()
    async with (
        _its_end_told(held),
        runner_client(held.run.endpoint) as client,
        contextlib.aclosing(_asking(client, dialect, generation)) as parts,
    ):
        async for part in parts:
            yield part


def _asking(client: httpx2.AsyncClient, dialect: Dialect, generation: Generation) -> AsyncGenerator[bytes]:
    return ask(client, dialect, generation.path, generation.body, generation.head, generation.rate)


async def _ask_upstream(upstream: Upstream, generation: Generation) -> AsyncGenerator[bytes]:
    """The parts of an upstream's answer, as a runner of ours would send them.

    Raises:
        Unavailable: it cannot be reached.
        ThreadRunnerError
    """
    dialect = OpenAIDialect(upstream, generation.ref.name)
    # A model takes what it takes, but a server is there or it is not. A proxy is for what is beyond this machine.
    timeout = httpx2.Timeout(None, connect=CONNECT_TIMEOUT_SECONDS)
    try:
        async with (
            httpx2.AsyncClient(
                headers=dialect.headers(), timeout=timeout, trust_env=not upstream.is_on_this_machine
            ) as client,
            contextlib.aclosing(_asking(client, dialect, generation)) as parts,
        ):
            async for part in parts:
                yield part
    except httpx2.TransportError as exc:
        raise Unavailable(
            f"The upstream {upstream.name} at {upstream.place} cannot be reached, or broke off "
            f"({type(exc).__name__}: {exc}): look whether it runs, and at its url in config.toml."
        ) from exc


@contextlib.asynccontextmanager
async def _its_end_told(held: Held) -> AsyncIterator[None]:
    """Within the block a broken connection is the runner's end.

    Raises:
        RunnerDied: with how it ended.
    """
    try:
        yield
    except httpx2.TransportError as exc:
        report = await held.run.end()
        if report is None:
            raise ThreadRunnerError(f"The connection to the runner of {held.ref.name} broke ({exc}).") from exc
        raise RunnerDied(describe_exit(held.ref.name, report)) from exc


def _is_only_progress(part: bytes) -> bool:
    """Whether every event in a part of the stream is without text; a part cut inside an event counts as text."""
    empty = part.count(b'"delta":{}') + part.count(b'"text":""')
    return empty == part.count(b"data: ") and part.endswith(b"\n\n") and not part.endswith(DONE)


def _json(content: bytes) -> object:
    try:
        return json.loads(content)
    except ValueError:
        return content.decode(errors="replace")


async def _unless(cancelled: asyncio.Event, parts: AsyncGenerator[bytes | Event, None]) -> AsyncIterator[bytes | Event]:
    """``parts`` until ``cancelled`` is set, which is noticed while nothing comes, too.

    Raises:
        Cancelled
    """
    stop = asyncio.ensure_future(cancelled.wait())
    coming: asyncio.Future[bytes | Event] | None = None
    try:
        while True:
            coming = asyncio.ensure_future(anext(parts))
            await asyncio.wait({coming, stop}, return_when=asyncio.FIRST_COMPLETED)
            if stop.done():
                raise Cancelled("The generation was stopped.")
            try:
                yield coming.result()
            except StopAsyncIteration:
                return
    finally:
        stop.cancel()
        if coming is not None and not coming.done():
            coming.cancel()
            with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration, ThreadRunnerError):
                await coming
        await parts.aclose()
