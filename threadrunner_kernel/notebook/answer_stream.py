"""An answer for code that awaits: the session's stream on a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Generator
from dataclasses import dataclass

from threadrunner_kernel.client import Cancellation
from threadrunner_kernel.errors import Cancelled
from threadrunner_kernel.notebook.answer import Answer
from threadrunner_kernel.notebook.question import Question
from threadrunner_kernel.notebook.session import Session

STOPPED = "the answer was stopped; llm.last has what there was."


@dataclass(frozen=True, slots=True)
class _End:
    """The last thing that the thread has to say: what went wrong, if anything did."""

    error: BaseException | None


class AnswerStream:
    """``async for`` gives the pieces of the text, ``await`` the whole answer; each use asks anew.

    Leaving the loop, or the task's cancel, ends the generation. The user's stop raises ``Cancelled``, which an event
    loop carries as any error; a ``KeyboardInterrupt`` would end the loop itself. In a stock kernel the stop cancels the
    cell's own task.
    """

    def __init__(self, session: Session, question: Question) -> None:
        self._session = session
        self._question = question
        self.answer: Answer | None = None

    async def __aiter__(self) -> AsyncIterator[str]:
        pieces: asyncio.Queue[str | _End] = asyncio.Queue()
        cancellation = Cancellation()
        work = (asyncio.get_running_loop(), pieces, cancellation)
        with self._session.awaited(cancellation):
            threading.Thread(target=self._run, args=work, name="llm.astream", daemon=True).start()
            try:
                while not isinstance(piece := await pieces.get(), _End):
                    yield piece
                if piece.error is not None:
                    raise piece.error
            except asyncio.CancelledError as cancelled:
                _show_in_one_line(cancelled)
                raise
            finally:
                cancellation.cancel()

    def __await__(self) -> Generator[None, None, Answer]:
        return self._whole().__await__()

    async def _whole(self) -> Answer:
        async with contextlib.aclosing(self.__aiter__()) as pieces:  # type: ignore[type-var]
            async for _ in pieces:
                pass
        assert self.answer is not None
        return self.answer

    def _run(
        self, loop: asyncio.AbstractEventLoop, pieces: asyncio.Queue[str | _End], cancellation: Cancellation
    ) -> None:
        error: BaseException | None = None

        def post(piece: str | _End) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(pieces.put_nowait, piece)

        try:
            for piece in self._session.stream(self._question, cancellation, self._keep):
                post(piece)
        except Cancelled:
            error = Cancelled(STOPPED)
        except BaseException as exc:
            error = exc
        post(_End(error))

    def _keep(self, answer: Answer) -> None:
        self.answer = answer


def _show_in_one_line(cancelled: asyncio.CancelledError) -> None:
    """Have IPython do so. It stays an error of the exact class by which ``asyncio.timeout`` knows its own."""
    line = f"Interrupted: {STOPPED}"
    cancelled._render_traceback_ = lambda: [line]  # type: ignore[attr-defined]
