"""llama.cpp as a backend of the engine: the model, how its contexts are made, and what is asked beside generations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from threadrunner_kernel import config
from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import BadRequest, ModelLoadFailed, PromptTooLong
from threadrunner_kernel.messages import Message, Vector
from threadrunner_kernel.models import fit
from threadrunner_kernel.runner.batching import Batch
from threadrunner_kernel.runner.chat import ChatTemplate
from threadrunner_kernel.runner.disk_cache import DiskCache
from threadrunner_kernel.runner.embedding import Embedder
from threadrunner_kernel.runner.engine import Generation, LoadOptions, ModelInfo, Stepped
from threadrunner_kernel.runner.llama import (
    AbortFlag,
    ContextShape,
    LlamaModel,
    NativeLog,
    llama_cpp_version,
    system_info,
)
from threadrunner_kernel.runner.reasoning import OPEN, ReasoningSplitter
from threadrunner_kernel.runner.threads import default_threads


class LlamaBackend:
    """See the module. A model that makes embeddings only has no batch."""

    def __init__(self, *, has_abort_flag: bool = True) -> None:
        self._flag = AbortFlag(is_used=has_abort_flag)
        self._log = NativeLog(self._flag)
        self._is_embedding = False
        self._disk: DiskCache | None = None
        self._batch: Batch | None = None

    def load(self, options: LoadOptions, report: Callable[[float], None]) -> ModelInfo:
        assert options.path is not None
        settings, path = options.settings, Path(options.path)
        model = LlamaModel(path, self._log, settings, extra_buffers=options.extra_buffers, report=report)
        model.is_forced = options.is_forced
        threads = settings.threads or default_threads()
        self._model = model
        self._name = options.name or path.stem
        self._embedder = Embedder(model, self._log, self._flag, threads)
        if model.is_encoder:
            says = f"{path.name}, {model.description()}, for embeddings only, {threads} threads, {system_info()}"
            return ModelInfo(self._name, model.trained_context, says)
        limit = settings.context or fit.chosen_context(model.facts, settings, model.free_bytes())
        shape = context_shape(model, settings, limit, threads)
        self._batch = Batch(model, self._log, self._flag, settings, shape, limit)
        self._template = ChatTemplate(model.chat_template(), bos=model.bos, eos=model.eos)
        if settings.prompt_cache == "disk":
            self._disk = saved_cells(path, settings, shape)
            self._batch.restore(self._disk)
        says = self._describe(path, settings, shape)
        return ModelInfo(self._name, self._batch.limit, says, "GPU" if model.is_offloaded else "CPU")

    def _describe(self, path: Path, settings: Settings, shape: ContextShape) -> str:
        context = "as set" if settings.context else "from the model and the free memory"
        threads = "as set" if settings.threads else "the cores; fewer while others use them"
        batch = self._generating()
        return (
            f"{path.name}, {self._model.description()}, context {batch.limit} tokens ({context}), "
            f"{batch.cells} cells for {settings.parallel} generations at once and the prefix cache, "
            f"keys and values in {shape.kv_type}, flash attention {shape.flash_attention}, "
            f"{shape.threads} threads ({threads}), steps of {shape.step} tokens, {system_info()}"
        )

    def _generating(self) -> Batch:
        if self._batch is None:
            raise BadRequest(f"{self._name} makes embeddings and no text: choose another model.", param="model")
        return self._batch

    # Generations.

    def prepare(self, generation: Generation) -> None:
        batch, request = self._generating(), generation.request
        if request.prompt is not None:
            batch.prepare(generation, self._model.tokenize(request.prompt), None)
            return
        if len(request.messages) > batch.limit:  # to put them together would take a template many seconds
            raise PromptTooLong(
                f"The prompt has {len(request.messages)} messages and the context holds {batch.limit} tokens: "
                "shorten the prompt.",
                param="messages",
            )
        text = self._template.render(request.messages)
        splitter = ReasoningSplitter(starts_inside=text.rstrip().endswith(OPEN))
        batch.prepare(generation, self._model.tokenize(text), splitter)

    def begin(self, generation: Generation) -> bool:
        return self._generating().begin(generation)

    def step(self) -> Stepped:
        return self._batch.step() if self._batch else Stepped()

    def end(self, generation: Generation) -> None:
        if self._batch:
            self._batch.end(generation)

    def abort(self) -> None:
        if self._is_embedding:
            self._flag.raise_()
        elif self._batch:
            self._batch.abort()

    # Other questions.

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        return self._model.tokenize(text, add_special=add_special, parse_special=parse_special)

    def render(self, messages: tuple[Message, ...]) -> str:
        self._generating()
        return self._template.render(messages)

    def read_inputs(self, inputs: Sequence[str | Sequence[int]]) -> list[list[int]]:
        return self._embedder.tokenize(inputs)

    def embed(self, inputs: Sequence[Sequence[int]], is_cancelled: Callable[[], bool]) -> list[Vector]:
        self._is_embedding = True
        try:
            return self._embedder.embed(inputs, is_cancelled)
        finally:
            self._is_embedding = False

    def close(self) -> None:
        self._embedder.close()
        if self._batch:
            if self._disk:
                self._batch.save(self._disk)
            self._batch.close()
        self._model.close()


def context_shape(model: LlamaModel, settings: Settings, limit: int, threads: int) -> ContextShape:
    """How the cells of all generations are made, for ``limit`` tokens of one.

    Raises:
        ModelLoadFailed: the settings contradict each other.
    """
    has_state = model.is_recurrent or model.window
    return ContextShape(
        cells=fit.chosen_cells(model.facts, settings, limit, model.free_bytes()),
        sequences=settings.parallel + (fit.CACHED_BRANCHES_WITH_STATE if has_state else fit.CACHED_BRANCHES),
        is_unified=True,
        step=min(settings.step_tokens, limit),
        threads=threads,
        kv_type=settings.kv_type,
        flash_attention=flash_attention(settings, is_offloaded=model.is_offloaded),
    )


def saved_cells(path: Path, settings: Settings, shape: ContextShape) -> DiskCache:
    """Where the cells of this model, build and context are saved; how many there are may differ (free memory does)."""
    made_with = {
        "build": [llama_cpp_version(), system_info()],
        "sequences": shape.sequences,
        "kv": [shape.kv_type, shape.flash_attention, settings.gpu_layers],
    }
    return DiskCache.of(config.home(), path, made_with)


def flash_attention(settings: Settings, *, is_offloaded: bool) -> str:
    """How to compute attention: "on", "off", or "auto" for llama.cpp's own choice, which a GPU gets.

    Raises:
        ModelLoadFailed: it was switched off, and the KV cache's type needs it.
    """
    is_quantised = settings.kv_type.startswith("q")
    if settings.flash_attention == "off" and is_quantised:
        raise ModelLoadFailed(
            f"kv_type = {settings.kv_type} needs flash attention, which is off: set flash_attention = auto."
        )
    if settings.flash_attention != "auto":
        return settings.flash_attention
    if is_quantised:
        return "on"
    return "auto" if is_offloaded else "off"
