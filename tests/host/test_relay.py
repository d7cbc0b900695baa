"""What becomes of a held runner when its client leaves at the worst moment."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from threadrunner_kernel.host.records import OnProgress
from threadrunner_kernel.host.relay import with_load_progress

MOMENTS = 8


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_whatever_was_held_is_taken_or_given_back(moment: int) -> None:
    """``moment``: turns of the event loop until the client leaves."""
    held: list[str] = []

    async def load(_: OnProgress) -> str:
        await asyncio.sleep(0)
        held.append("runner")
        return held[-1]

    async def leave() -> list[str]:
        taken = list[str]()
        parts = with_load_progress(load, held.remove)
        coming = asyncio.ensure_future(anext(parts))
        for _ in range(moment):
            await asyncio.sleep(0)
        coming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            taken.append(str(await coming))
        for _ in range(MOMENTS):
            await asyncio.sleep(0)
        return taken

    assert asyncio.run(leave()) == held
