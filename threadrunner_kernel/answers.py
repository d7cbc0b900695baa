"""An answer out of the events of its generations: put together as a whole, or sent as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from threadrunner_kernel.messages import ChatRequest, ChunkHead, Event, TokenLogprob
from threadrunner_kernel.serving import DONE, sse


async def whole_answer(head: ChunkHead, count: int, events: AsyncIterator[Event]) -> dict[str, Any]:
    """The answer as a ``chat.completion`` or a ``text_completion`` of ``count`` choices.

    The last event has the usage and the timings of all.
    """
    choices = [Choice(index) for index in range(count)]
    last = Event()
    async for last in events:
        choices[last.index].take(last)
    assert last.usage is not None
    assert last.timings is not None
    return {
        "id": head.id,
        "object": "chat.completion" if head.is_chat else "text_completion",
        "created": head.created,
        "model": head.model,
        "choices": [choice.to_wire(is_chat=head.is_chat) for choice in choices],
        "usage": last.usage.to_wire(),
        "timings": last.timings.to_wire(),
        **({"pace": last.pace} if last.pace else {}),
    }


async def streamed_answer(head: ChunkHead, chat: ChatRequest, events: AsyncIterator[Event]) -> AsyncIterator[bytes]:
    """The answer as server-sent events: progress only for who asked for it, the usage as OpenAI's clients want it."""
    begun: set[int] = set()
    has_usage_chunk = bool(chat.stream_options and chat.stream_options.get("include_usage"))
    async for event in events:
        if event.progress is not None:
            if chat.return_progress:
                yield sse(head.chunk(event))
            continue
        body = head.chunk(event)
        names = ("usage", "timings") if has_usage_chunk else ()
        usage: dict[str, Any] = {name: body.pop(name) for name in names if name in body}
        if head.is_chat and event.index not in begun:
            begun.add(event.index)
            body["choices"][0]["delta"] = {"role": "assistant", **body["choices"][0]["delta"]}
        yield sse(body)
        if usage:
            yield sse({**body, "choices": [], **usage})
    yield DONE


@dataclass
class Choice:
    """One of a request's answers, as it is put together."""

    index: int
    text: str = ""
    reasoning: str = ""
    finish_reason: str | None = None
    logprobs: tuple[TokenLogprob, ...] = ()

    def take(self, event: Event) -> None:
        self.text += event.text
        self.reasoning += event.reasoning
        self.logprobs += event.logprobs
        self.finish_reason = event.finish_reason or self.finish_reason

    def to_wire(self, *, is_chat: bool) -> dict[str, Any]:
        message = {"role": "assistant", "content": self.text}
        if self.reasoning:
            message["reasoning_content"] = self.reasoning
        said: dict[str, Any] = {"message": message} if is_chat else {"text": self.text}
        body = {"index": self.index, **said, "finish_reason": self.finish_reason}
        if self.logprobs:
            body["logprobs"] = {"content": [token.to_wire() for token in self.logprobs]}
        return body
