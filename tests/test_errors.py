"""The error tree: drawn as it is, and whole again on the other side of the wire."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from threadrunner_kernel import errors
from threadrunner_kernel.errors import (
    BadRequest,
    GenerationInterrupted,
    HostUnavailable,
    ThreadRunnerError,
    Unavailable,
    from_wire,
)


def kinds(root: type[ThreadRunnerError] = ThreadRunnerError) -> Iterator[type[ThreadRunnerError]]:
    """Every error of the module."""
    for kind in root.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield kind
            yield from kinds(kind)


@pytest.mark.parametrize("kind", [ThreadRunnerError, *kinds()])
def test_an_error_crosses_the_wire_unchanged(kind: type[ThreadRunnerError]) -> None:
    back = from_wire(kind("It failed: do that.", param="model").to_wire(), kind.status)
    assert type(back) is kind
    assert (back.message, back.param, str(back)) == ("It failed: do that.", "model", "It failed: do that.")


@pytest.mark.parametrize("kind", [ThreadRunnerError, *kinds()])
def test_the_wire_has_openais_shape(kind: type[ThreadRunnerError]) -> None:
    body = kind("Why.").to_wire()
    assert list(body) == ["error"]
    assert body["error"].keys() == {"message", "type", "code", "param"}
    assert body["error"]["type"] == ("invalid_request_error" if kind.status < 500 else "server_error")


def test_no_two_errors_share_a_code() -> None:
    codes = [ThreadRunnerError.code, *(kind.code for kind in kinds())]
    assert len(set(codes)) == len(codes)


def test_the_docstring_draws_every_error_with_its_status() -> None:
    drawn = (errors.__doc__ or "").splitlines()
    for kind in kinds():
        (line,) = [line for line in drawn if f"─ {kind.__name__} " in f"{line} "]
        if "status" in vars(kind):
            assert str(kind.status) in line.split()
        depth = len(kind.mro()) - len(ThreadRunnerError.mro())
        assert line.index("─ ") == 2 + 4 * depth, kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequest),
        (401, errors.Unauthorized),
        (403, errors.Forbidden),
        (404, errors.ModelNotFound),
        (418, ThreadRunnerError),
        (429, errors.QueueFull),
        (499, errors.Cancelled),
        (500, ThreadRunnerError),
        (503, Unavailable),
    ],
)
def test_an_unknown_code_gives_the_status_own_error(status: int, kind: type[ThreadRunnerError]) -> None:
    assert type(from_wire({"error": {"message": "no", "code": "of another program"}}, status)) is kind


@pytest.mark.parametrize("body", [None, "<html>", [1], {"detail": "x"}, {"error": "text"}, {"error": None}])
def test_a_body_of_another_shape_is_quoted_with_its_status(body: object) -> None:
    error = from_wire(body, 503)
    assert type(error) is Unavailable
    assert error.message == f"the server answered with status 503: {body}"


def test_a_long_foreign_body_is_cut() -> None:
    assert len(from_wire("x" * 10_000, 500).message) < 400


def test_an_error_without_a_message_names_its_status() -> None:
    assert from_wire({"error": {"message": ""}}, 503).message == "status 503"


def test_a_notebook_shows_one_sentence() -> None:
    assert HostUnavailable("It is gone.")._render_traceback_() == ["HostUnavailable: It is gone."]
    assert GenerationInterrupted("3 tokens are kept.")._render_traceback_() == ["Interrupted: 3 tokens are kept."]


def test_an_interrupted_generation_stops_run_all_as_ctrl_c_does() -> None:
    assert issubclass(GenerationInterrupted, KeyboardInterrupt)
    assert not issubclass(GenerationInterrupted, Exception)
