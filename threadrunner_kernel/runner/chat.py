"""From messages to the model's prompt, by the chat template that the model file carries."""

from __future__ import annotations

from dataclasses import asdict

import jinja2
from llama_cpp.llama_chat_format import Jinja2ChatFormatter

from threadrunner_kernel.errors import BadRequest
from threadrunner_kernel.messages import Message

# llama.cpp's own choice for a model file without a template.
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n"
)


class ChatTemplate:
    """A model's template; ``bos`` and ``eos`` are the texts of those tokens."""

    def __init__(self, template: str | None, bos: str, eos: str) -> None:
        self.is_fallback = template is None
        self._formatter = Jinja2ChatFormatter(template or CHATML, eos_token=eos, bos_token=bos)

    def render(self, messages: tuple[Message, ...]) -> str:
        """The prompt, ending where the assistant's answer begins.

        Raises:
            BadRequest: the template refuses these messages (some allow no system text, or want turns to alternate).
        """
        try:
            return self._formatter(messages=[asdict(message) for message in messages]).prompt  # type: ignore[misc]
        except (jinja2.TemplateError, ValueError, TypeError) as exc:
            raise BadRequest(f"The model's chat template refuses these messages: {exc}.", param="messages") from exc
