"""llama.cpp through llama-cpp-python's low-level API. Everything here runs on the decode thread, but for
``AbortFlag.raise_``.

A native abort flag ends ``llama_decode`` inside the graph: libc's ``strlen`` serves as the abort callback with a
two-byte buffer as its data, so that ``"\\0"`` (length 0) runs and ``"\\1"`` (length 1) aborts without any Python.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import llama_cpp
import llama_cpp.llama_cpp as C
import numpy as np

from threadrunner_kernel.config import KvType, Settings
from threadrunner_kernel.errors import ModelLoadFailed, ThreadRunnerError
from threadrunner_kernel.memory import available_bytes, text_size
from threadrunner_kernel.models import fit
from threadrunner_kernel.models.metadata import read_metadata

logger = logging.getLogger("threadrunner.llama")

DECODE_ABORTED = 2
DECODE_NO_CELLS = 1
# ggml's type by the setting's name.
KV_TYPES: dict[KvType, int] = {
    "f32": C.GGML_TYPE_F32,
    "f16": C.GGML_TYPE_F16,
    "bf16": 30,  # GGML_TYPE_BF16, which the bindings do not name
    "q8_0": C.GGML_TYPE_Q8_0,
    "q5_1": C.GGML_TYPE_Q5_1,
    "q5_0": C.GGML_TYPE_Q5_0,
    "q4_1": C.GGML_TYPE_Q4_1,
    "q4_0": C.GGML_TYPE_Q4_0,
}
# By the settings mmap and mlock.
LOAD_MODES = {
    (False, False): C.LLAMA_LOAD_MODE_NONE,
    (True, False): C.LLAMA_LOAD_MODE_MMAP,
    (False, True): C.LLAMA_LOAD_MODE_MLOCK,
    (True, True): C.LLAMA_LOAD_MODE_MMAP_MLOCK,
}
FLASH_ATTENTION = {
    "auto": C.LLAMA_FLASH_ATTN_TYPE_AUTO,
    "on": C.LLAMA_FLASH_ATTN_TYPE_ENABLED,
    "off": C.LLAMA_FLASH_ATTN_TYPE_DISABLED,
}
PIECE_BYTES = 256
# ggml_log_level: 1 debug, 2 info (which is chatty), 3 warning, 4 error.
GGML_LEVELS = {1: logging.DEBUG, 2: logging.DEBUG, 3: logging.WARNING, 4: logging.ERROR}


class AbortFlag:
    """A flag that llama.cpp reads natively while it computes. The hook exists on the CPU backend only."""

    def __init__(self, *, is_used: bool = True) -> None:
        self._buffer = ctypes.create_string_buffer(b"\0", 2)
        self.callback: Any = None
        self.data = ctypes.cast(self._buffer, ctypes.c_void_p)
        if not is_used:
            return
        with contextlib.suppress(OSError, AttributeError):
            # The C library of this very process; where it cannot be had (Windows) small steps must do.
            strlen = ctypes.CDLL(None).strlen
            self.callback = ctypes.cast(strlen, C.ggml_abort_callback)

    @property
    def is_used(self) -> bool:
        return self.callback is not None

    @property
    def is_raised(self) -> bool:
        return self._buffer[0] == b"\1"

    def raise_(self) -> None:
        self._buffer[0] = b"\1"

    def clear(self) -> None:
        self._buffer[0] = b"\0"


class NativeLog:
    """llama.cpp's log, into ours; the last error lines are kept for the user's sentence.

    llama.cpp has one log for the whole process: it is the newest one's that is written to.
    """

    _newest: ClassVar[NativeLog | None] = None

    def __init__(self, abort: AbortFlag) -> None:
        self.errors: list[str] = []
        self._abort = abort
        self._level = logging.DEBUG
        NativeLog._newest = self
        C.llama_log_set(_LOG_CALLBACK, ctypes.c_void_p(0))

    def write(self, level: int, text: bytes) -> None:
        line = text.decode(errors="replace").rstrip("\n")
        self._level = GGML_LEVELS.get(level, self._level)  # level 5 continues the line before
        if not line.strip(" ."):
            return
        if self._abort.is_raised:  # llama.cpp calls it an error that a step was aborted; it is the user's stop
            logger.debug("%s", line)
            return
        if self._level >= logging.ERROR:
            self.errors = [*self.errors[-7:], line]
        logger.log(self._level, "%s", line)

    def reason(self) -> str:
        """The first error since the load began, which says most; without the function's name before it."""
        return self.errors[0].split(": ", 1)[-1].rstrip(".") if self.errors else "llama.cpp gave no reason"


def _write_to_newest(level: int, text: bytes, _: object) -> None:
    if NativeLog._newest is not None:
        NativeLog._newest.write(level, text)


# One for all and for ever: another thread's computation may be on its way into it at any instant.
_LOG_CALLBACK: Any = C.llama_log_callback(_write_to_newest)


@dataclass(frozen=True, slots=True)
class Row:
    """One token of a step: where it stands in its sequence, and whether its logits are wanted."""

    token: int
    position: int
    sequence: int
    wants_logits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextShape:
    """How a context is made: its cells and sequences, the rows of a step, and how attention is computed.

    ``pooling``: the context makes embeddings, one for each sequence, in this way (``LLAMA_POOLING_TYPE_…``).
    """

    cells: int
    sequences: int
    is_unified: bool
    step: int
    threads: int
    kv_type: KvType = "f16"
    flash_attention: str = "off"
    pooling: int | None = None


class LlamaModel:
    """A loaded model file: its vocabulary and its shape.

    Raises:
        ModelLoadFailed: with llama.cpp's reason.
    """

    def __init__(
        self, path: Path, log: NativeLog, settings: Settings, *, extra_buffers: bool, report: Callable[[float], None]
    ) -> None:
        def on_progress(value: float, _: object) -> bool:
            report(value)
            return True

        C.llama_backend_init()
        params = C.llama_model_default_params()
        params.n_gpu_layers = settings.gpu_layers
        params.load_mode = LOAD_MODES[settings.mmap, settings.mlock]
        params.use_extra_bufts = extra_buffers
        callback = C.llama_progress_callback(on_progress)
        params.progress_callback = callback
        log.errors = []
        self.handle: Any = C.llama_model_load_from_file(str(path).encode(), params)
        if not self.handle:
            raise ModelLoadFailed(
                f"{path.name} cannot be loaded: {log.reason()}. If the file is incomplete, download it again; "
                "if memory is short, choose a smaller model."
            )
        self.facts = read_metadata(path)
        self.is_forced = False  # whether to try a context that is larger than the free memory all the same
        self._memory_limit = settings.memory_limit
        self.vocabulary = C.llama_model_get_vocab(self.handle)
        self.vocabulary_size = int(C.llama_vocab_n_tokens(self.vocabulary))
        self.trained_context = int(C.llama_model_n_ctx_train(self.handle))
        self.is_recurrent = bool(C.llama_model_is_recurrent(self.handle) or C.llama_model_is_hybrid(self.handle))
        self.is_offloaded = bool(settings.gpu_layers and C.llama_supports_gpu_offload())
        # Sees the tokens after its own, too: it reads, and cannot go on from what it has read.
        self.is_encoder = self._own_metadata("attention.causal") == "false"
        self.window = int(C.llama_model_n_swa(self.handle))
        self.vector_size = int(C.llama_model_n_embd_out(self.handle))
        self.bos = self.token_text(int(C.llama_vocab_bos(self.vocabulary)))
        self.eos = self.token_text(int(C.llama_vocab_eos(self.vocabulary)))

    @property
    def pooling(self) -> int:
        """How the tokens' vectors become one for the text, as the file says; without a word the mean of them."""
        said = self._own_metadata("pooling_type")
        return int(said) if said else int(C.LLAMA_POOLING_TYPE_MEAN)

    def bytes_per_cell(self, kv_type: KvType = "f16") -> int:
        """Memory of one token in the KV cache, all layers, keys and values."""
        return max(1, math.ceil(fit.cell_bytes(self.facts, kv_type)))

    def free_bytes(self) -> int:
        """Memory that contexts of this model may still take: what the host has left for them, if the machine has it.

        Of a GPU's memory only the host knows.
        """
        if self.is_offloaded and self._memory_limit is not None:
            return self._memory_limit
        return self.free_ram_bytes()

    def free_ram_bytes(self) -> int:
        """As ``free_bytes``, of what lies in the machine's own memory wherever the model is."""
        return available_bytes(self._memory_limit)

    def tokenize(self, text: str, *, add_special: bool = True, parse_special: bool = True) -> list[int]:
        """The tokens of a prompt; control tokens written in it count as such, as chat templates need it."""
        data = text.encode("utf-8", "replace")
        # Where the template has written the first token itself, a second one would make the model worse.
        add_special = add_special and not (self.bos and text.startswith(self.bos))
        size = len(data) + 8
        tokens = (C.llama_token * size)()
        count = C.llama_tokenize(self.vocabulary, data, len(data), tokens, size, add_special, parse_special)
        if count < 0:
            raise ThreadRunnerError("llama.cpp could not tokenize the prompt.")
        return list(tokens[:count])

    def is_end(self, token: int) -> bool:
        return bool(C.llama_vocab_is_eog(self.vocabulary, token))

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """The bytes of a token; a control token has none unless ``special``."""
        buffer = ctypes.create_string_buffer(PIECE_BYTES)
        size = C.llama_token_to_piece(self.vocabulary, token, buffer, PIECE_BYTES, 0, special)
        if size < 0:  # longer than the buffer: the answer is minus its length
            buffer = ctypes.create_string_buffer(-size)
            size = C.llama_token_to_piece(self.vocabulary, token, buffer, -size, 0, special)
        return buffer.raw[:size]

    def token_text(self, token: int) -> str:
        return self.piece(token, special=True).decode(errors="replace") if token >= 0 else ""

    def metadata(self, key: str) -> str | None:
        buffer = ctypes.create_string_buffer(256)
        size = C.llama_model_meta_val_str(self.handle, key.encode(), buffer, 256)
        return buffer.value.decode(errors="replace") if size >= 0 else None

    def _own_metadata(self, key: str) -> str | None:
        return self.metadata(f"{self.metadata('general.architecture')}.{key}")

    def chat_template(self) -> str | None:
        template = C.llama_model_chat_template(self.handle, None)
        return template.decode(errors="replace") if template else None

    def description(self) -> str:
        buffer = ctypes.create_string_buffer(256)
        C.llama_model_desc(self.handle, buffer, 256)
        return buffer.value.decode(errors="replace")

    def close(self) -> None:
        C.llama_model_free(self.handle)


class LlamaContext:
    """Cells for the tokens of several sequences, and the computation over them.

    Unified, all sequences share ``cells`` and a shared prefix costs nothing; else each has a stream of its own of
    ``cells`` / ``sequences``, in which nobody else's tokens stand.

    Raises:
        ModelLoadFailed: there is no memory for it.
    """

    def __init__(self, model: LlamaModel, log: NativeLog, flag: AbortFlag, shape: ContextShape) -> None:
        check_room(model, shape)
        params = C.llama_context_default_params()
        params.n_ctx = shape.cells
        # llama.cpp aborts the process where a batch could not hold one row of each sequence.
        most_rows = max(shape.step, shape.sequences)
        params.n_batch = params.n_ubatch = most_rows
        params.n_seq_max = shape.sequences
        params.kv_unified = shape.is_unified
        params.n_threads = params.n_threads_batch = shape.threads
        params.type_k = params.type_v = KV_TYPES[shape.kv_type]
        # Off, the borders of chunks do not change the logits: what is seeded stays repeatable.
        params.flash_attn_type = FLASH_ATTENTION[shape.flash_attention]
        params.no_perf = True
        if shape.pooling is not None:
            params.embeddings, params.pooling_type = True, shape.pooling
        # An abort leaves a recurrent state wrong without a word: such a model runs its small steps to their end.
        if flag.callback and not model.is_recurrent:
            params.abort_callback = flag.callback
            params.abort_callback_data = flag.data
        log.errors = []
        self.handle: Any = C.llama_init_from_model(model.handle, params)
        if not self.handle:
            raise ModelLoadFailed(
                f"A context of {shape.cells} tokens could not be made ({log.reason()}): set a smaller context, or "
                "another kv_type."
            )
        self.cells = int(C.llama_n_ctx(self.handle))
        self._memory = C.llama_get_memory(self.handle)
        self._batch = C.llama_batch_init(most_rows, 0, 1)
        self._threads = shape.threads
        self._window = model.window
        self._is_recurrent = model.is_recurrent
        self._is_offloaded = model.is_offloaded

    def decode(self, rows: Sequence[Row]) -> Literal["done", "aborted", "no cells"]:
        """Compute one step; unless it is done, the caller cuts each sequence back to where it was.

        Raises:
            ThreadRunnerError: llama.cpp failed.
        """
        batch = self._batch
        batch.n_tokens = len(rows)
        for index, row in enumerate(rows):
            batch.token[index] = row.token
            batch.pos[index] = row.position
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = row.sequence
            batch.logits[index] = row.wants_logits
        # A model that only reads has no memory to go on from.
        compute = C.llama_decode if self._memory else C.llama_encode
        result = compute(self.handle, batch)
        if self._is_offloaded:
            C.llama_synchronize(self.handle)  # the step is over when the device says so
        if result == 0:
            return "done"
        if result == DECODE_ABORTED:
            return "aborted"
        if result == DECODE_NO_CELLS:
            return "no cells"
        raise ThreadRunnerError(f"llama.cpp could not compute the next step (llama_decode returned {result}).")

    def embedding(self, sequence: int, size: int) -> Any:
        """The pooled vector of a sequence of the last step: shape (size,)."""
        pointer = C.llama_get_embeddings_seq(self.handle, sequence)
        return np.ctypeslib.as_array(pointer, shape=(size,)).copy()

    def clear(self) -> None:
        """Forget all sequences."""
        if self._memory:
            C.llama_memory_clear(self._memory, False)

    def set_threads(self, threads: int) -> None:
        """Compute with so many threads from the next step on."""
        if threads != self._threads:
            C.llama_set_n_threads(self.handle, threads, threads)
            self._threads = threads

    def save(self, path: Path) -> None:
        """Write all sequences' cells to a file.

        Raises:
            OSError
        """
        if not C.llama_state_save_file(self.handle, str(path).encode(), None, 0):
            raise OSError(f"llama.cpp could not write {path}")

    def restore(self, path: Path) -> bool:
        """Take in the cells of a file that ``save`` wrote in a context just like this one; whether that went well."""
        count = ctypes.c_size_t()
        if C.llama_state_load_file(self.handle, str(path).encode(), None, 0, ctypes.byref(count)):
            return True
        self.clear()
        return False

    def read_out(self, sequence: int) -> Any:
        """What a sequence holds, as a buffer that any sequence of this context can take in."""
        size = C.llama_state_seq_get_size(self.handle, sequence)
        state = (ctypes.c_uint8 * size)()
        C.llama_state_seq_get_data(self.handle, state, size, sequence)
        return state

    def take_in(self, sequence: int, state: Any) -> bool:
        """Give an empty sequence what was read out; False, and it stays empty, where the cells have no room for it."""
        return bool(C.llama_state_seq_set_data(self.handle, state, len(state), sequence))

    def reusable(self, sequence: int, length: int) -> int:
        """How many of the first ``length`` tokens of a sequence can be gone on from; it may have gone on itself."""
        if self._window and length <= int(C.llama_memory_seq_pos_max(self._memory, sequence)):
            first = int(C.llama_memory_seq_pos_min(self._memory, sequence))
            return length if first <= max(0, length - self._window) else 0
        return length

    def copy(self, source: int, target: int, length: int) -> None:
        """Give a sequence the first ``length`` cells of another, without copying a byte."""
        C.llama_memory_seq_cp(self._memory, source, target, -1, -1 if self._is_recurrent else length)

    def cut(self, sequence: int, length: int) -> bool:
        """Keep only the first ``length`` cells of a sequence; False: that cannot be, and it has lost all."""
        if length > 0 and C.llama_memory_seq_rm(self._memory, sequence, length, -1):
            return True
        C.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        return length == 0

    def close(self) -> None:
        C.llama_batch_free(self._batch)
        C.llama_free(self.handle)


def check_room(model: LlamaModel, shape: ContextShape) -> None:
    """Refuse a context that is larger than the free memory, before llama.cpp tries.

    Raises:
        ModelLoadFailed: with both numbers.
    """
    needed = shape.cells * model.bytes_per_cell(shape.kv_type)
    if needed > available_bytes() and not model.is_forced:
        raise ModelLoadFailed(
            f"A context of {shape.cells} tokens needs {text_size(needed)} of memory and {text_size(available_bytes())} "
            "are free: set a smaller context (THREADRUNNER_CONTEXT, or context = … in config.toml)."
        )


def system_info() -> str:
    """What this build of llama.cpp uses of the CPU."""
    return str(C.llama_print_system_info().decode())


def llama_cpp_version() -> str:
    """The version of the bindings, which come with their own llama.cpp."""
    return str(llama_cpp.__version__)
