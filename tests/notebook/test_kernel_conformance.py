"""jupyter_kernel_test's suite: the kernel speaks Jupyter's protocol as every kernel should."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jupyter_kernel_test
import pytest

from tests.conftest import processes_of, wait_until
from tests.notebook.kernel_client import environment
from threadrunner_kernel.cli.install import install_kernelspec

PATIENCE_SECONDS = 100


@pytest.fixture(scope="module", autouse=True)
def _own_kernelspec(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The suite starts the kernel by its name: let that be the one of this very Python, with a home of its own."""
    folder = tmp_path_factory.mktemp("conformance")
    install_kernelspec(str(folder / "prefix"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(folder / "home", backend="dummy").items():
            patch.setenv(name, value)
        patch.setenv("JUPYTER_PATH", str(folder / "prefix/share/jupyter"))
        yield
    wait_until(lambda: not processes_of(folder / "home"), what="the end of all processes")


class TestThreadRunnerKernel(jupyter_kernel_test.KernelTests):  # type: ignore[misc]
    kernel_name = "threadrunner"
    language_name = "python"
    file_extension = ".py"
    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('seen', file=sys.stderr)"
    code_page_something = "zip?"
    code_generate_error = "raise ValueError('on purpose')"
    code_clear_output = "from IPython.display import clear_output; clear_output()"
    code_inspect_sample = "zip"
    code_execute_result = [  # noqa: RUF012 (the suite's own attribute)
        {"code": "6 * 7", "result": "42"},
        {"code": "'text'", "result": "'text'"},
        {"code": "import math; math.isqrt(17)", "result": "4"},
    ]
    code_display_data = [  # noqa: RUF012
        {"code": "from IPython.display import HTML, display; display(HTML('<b>bold</b>'))", "mime": "text/html"},
        {"code": "from IPython.display import Math, display; display(Math('x^2'))", "mime": "text/latex"},
    ]
    completion_samples = [  # noqa: RUF012
        {"text": "zi", "matches": {"zip"}},
        {"text": "import functoo", "matches": {"functools"}},
    ]
    complete_code_samples = ["1", "print('hello, world')", "def f(x):\n  return x * 2\n\n", "%%llm\nhello\n\n"]  # noqa: RUF012
    incomplete_code_samples = ["print('''hello", "def f(x):\n  x * 2", "%%llm\nhello"]  # noqa: RUF012
    invalid_code_samples = ["import = 7q"]  # noqa: RUF012
    code_history_pattern = "6 * 7*"
    # Not "range": IPython calls the present session 0 there, where the suite wants its number.
    supported_history_operations = ("tail", "search")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.kc.stop_channels()
        cls.kc.context.destroy(linger=0)
        cls.km.shutdown_kernel()

    # The suite takes a tenth of a second without a message for the end of all messages. A busy machine's kernel may
    # take longer from one to the next, and what then comes late is a surprise to the next test. The end is known:
    # each request ends with its "idle".

    def flush_channels(self) -> None:
        last = self.kc.kernel_info()
        while self.kc.get_shell_msg(timeout=PATIENCE_SECONDS)["parent_header"].get("msg_id") != last:
            pass
        self._take_until_idle(last)

    def execute_helper(self, code: str, **options: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        request = self.kc.execute(code, **options)
        reply = self.get_non_kernel_info_reply()
        jupyter_kernel_test.validate_message(reply, "execute_reply", request)
        busy, *messages = self._take_until_idle(request)
        assert busy["content"] == {"execution_state": "busy"}
        return reply, [message for message in messages if message["msg_type"] not in ("execute_input", "status")]

    def get_non_kernel_info_reply(self, timeout: float | None = None) -> dict[str, Any]:
        reply: dict[str, Any] = super().get_non_kernel_info_reply(timeout=PATIENCE_SECONDS)
        return reply

    def _take_until_idle(self, request: str) -> list[dict[str, Any]]:
        """What a request has published, its "busy" first and its "idle" last."""
        taken: list[dict[str, Any]] = []
        while not taken or taken[-1]["content"].get("execution_state") != "idle":
            message = self.kc.get_iopub_msg(timeout=PATIENCE_SECONDS)
            if message["parent_header"].get("msg_id") == request:
                jupyter_kernel_test.validate_message(message, message["msg_type"], request)
                taken.append(message)
        return taken

    def test_it_is_our_kernel(self) -> None:
        """The suite would be as content with any other Python kernel."""
        self.flush_channels()
        self.kc.kernel_info()
        assert self.kc.get_shell_msg(timeout=PATIENCE_SECONDS)["content"]["implementation"] == "threadrunner"


class TestWelcome(jupyter_kernel_test.IopubWelcomeTests):  # type: ignore[misc]
    kernel_name = "threadrunner"
    support_iopub_welcome = True

    @classmethod
    def tearDownClass(cls) -> None:
        cls.kc.stop_channels()
        cls.kc.context.destroy(linger=0)
        cls.km.shutdown_kernel()
