"""What llama.cpp's server says of its devices, read from programs that say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from threadrunner_kernel.host.children import has_gpu


@pytest.mark.parametrize(
    ("said", "is_there"),
    [
        ("  CUDA0: NVIDIA H200 (143771 MiB, 143000 MiB free)", True),
        ("  Metal: Apple M2 (10922 MiB, 10922 MiB free)", True),
        ("  BLAS: OpenBLAS (0 MiB, 0 MiB free)", False),
        ("  (none)", False),
    ],
)
def test_a_server_has_a_gpu_if_it_lists_one_with_memory(tmp_path: Path, said: str, is_there: bool) -> None:
    program = tmp_path / "llama-server"
    program.write_text(f"#!/bin/sh\n[ \"$1\" = --list-devices ] || exit 1\necho 'Available devices:'\necho '{said}'\n")
    program.chmod(0o755)
    assert has_gpu((str(program),)) is is_there


def test_a_server_that_knows_no_such_question_has_none(tmp_path: Path) -> None:
    assert not has_gpu(("false",))
    assert not has_gpu((str(tmp_path / "nothing"),))
