"""What a model file says about its model. Only the header is read; no tensor is, and nothing is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from threadrunner_kernel.errors import ModelLoadFailed
from threadrunner_kernel.models.header import Header, Value, read_header
from threadrunner_kernel.models.parts import whole
from threadrunner_kernel.models.quantization import quantization_in, quantization_of_file_type

_POOLING = ("none", "mean", "cls", "last", "rank")
_LARGEST_NUMBER = 1 << 40
PACE_KEY = "threadrunner.pace"


@dataclass(frozen=True, slots=True)
class Recurrent:
    """The size of what a recurrent layer keeps for each sequence (``*.ssm.*`` and ``*.wkv.*`` of the header)."""

    conv_kernel: int = 0
    inner_size: int = 0
    state_size: int = 0
    group_count: int = 0
    time_step_rank: int = 0
    wkv_head_size: int = 0
    token_shift_count: int = 0


@dataclass(frozen=True, slots=True)
class Metadata:
    """A model's facts; ``None`` where the file does not say.

    ``head_count`` and ``head_count_kv`` are one number for all layers, or one for each. ``size_bytes`` is that of all
    its files, ``weights_bytes`` without their headers. ``about`` is what its maker says of it, ``pace`` the most tokens
    a second that its answers are to have (``threadrunner.pace``, a key of ours). ``values`` has every short value of
    the header by its key.
    """

    path: Path
    parts: tuple[Path, ...]
    kind: str
    architecture: str
    name: str | None
    parameters: int
    size_label: str | None
    quantization: str | None
    context_length: int | None
    block_count: int | None
    embedding_length: int | None
    feed_forward_length: int | tuple[int, ...] | None
    head_count: int | tuple[int, ...] | None
    head_count_kv: int | tuple[int, ...] | None
    key_length: int | None
    value_length: int | None
    sliding_window: int | None
    expert_count: int | None
    expert_used_count: int | None
    vocab_size: int | None
    chat_template: str | None
    pooling_type: str | None
    recurrent: Recurrent | None
    license: str | None
    about: str | None
    pace: float | None
    size_bytes: int
    weights_bytes: int
    values: Mapping[str, Value] = field(repr=False)

    @property
    def is_model(self) -> bool:
        """Whether it is a language model, and not a part of one (a projector of images, a LoRA adapter)."""
        return self.kind == "model" and self.architecture != "clip"

    def hyperparameter(self, name: str) -> Value | None:
        """A value of the architecture's own, by its key without the architecture's name before it."""
        return self.values.get(f"{self.architecture}.{name}")


def read_metadata(path: Path) -> Metadata:
    """The facts of the model that is (in part) in ``path``.

    Raises:
        ModelLoadFailed: a file of it is missing, cannot be read, is no GGUF, or is damaged.
    """
    if not path.is_file():
        raise ModelLoadFailed(f"There is no model file {path}.")
    parts = whole(path)
    headers = [read_header(part) for part in parts]
    size_bytes = sum(part.stat().st_size for part in parts)
    return _Facts(parts[0], headers[0]).metadata(parts, headers, size_bytes)


class _Facts:
    """The values of one header, each of the type it must have."""

    def __init__(self, path: Path, header: Header) -> None:
        self._path = path
        self._header = header
        self._values = header.values
        architecture = self._text("general.architecture")
        if not architecture:
            raise ModelLoadFailed(f"{path} does not say of which architecture its model is: it cannot be loaded.")
        self._architecture = architecture

    def metadata(self, parts: tuple[Path, ...], headers: list[Header], size_bytes: int) -> Metadata:
        return Metadata(
            path=self._path,
            parts=parts,
            kind=self._text("general.type") or "model",
            architecture=self._architecture,
            name=self._text("general.name"),
            parameters=sum(header.parameters for header in headers),
            size_label=self._text("general.size_label"),
            quantization=self._quantization(),
            context_length=self._own("context_length"),
            block_count=self._own("block_count"),
            embedding_length=self._own("embedding_length"),
            feed_forward_length=self._own_of_layers("feed_forward_length"),
            head_count=self._own_of_layers("attention.head_count"),
            head_count_kv=self._own_of_layers("attention.head_count_kv"),
            key_length=self._own("attention.key_length"),
            value_length=self._own("attention.value_length"),
            sliding_window=self._own("attention.sliding_window"),
            expert_count=self._own("expert_count"),
            expert_used_count=self._own("expert_used_count"),
            vocab_size=self._header.lengths.get("tokenizer.ggml.tokens") or self._own("vocab_size"),
            chat_template=self._text("tokenizer.chat_template"),
            pooling_type=self._pooling_type(),
            recurrent=self._recurrent(),
            license=self._text("general.license") or self._text("general.license.name"),
            about=self._text("general.description"),
            pace=self._pace(),
            size_bytes=size_bytes,
            weights_bytes=max(0, size_bytes - sum(header.data_offset_bytes for header in headers)),
            values=self._values,
        )

    def _quantization(self) -> str | None:
        # A file's name may say more ("UD-Q4_K_XL"), where the header's number has no word for it.
        return quantization_in(self._path.name) or quantization_of_file_type(self._number("general.file_type"))

    def _pooling_type(self) -> str | None:
        number = self._own("pooling_type")
        return _POOLING[number] if number is not None and number < len(_POOLING) else None

    def _pace(self) -> float | None:
        value = self._values.get(PACE_KEY)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LARGEST_NUMBER:
            raise self._damaged(PACE_KEY, value)
        return float(value)

    def _recurrent(self) -> Recurrent | None:
        recurrent = Recurrent(
            conv_kernel=self._own("ssm.conv_kernel") or 0,
            inner_size=self._own("ssm.inner_size") or 0,
            state_size=self._own("ssm.state_size") or 0,
            group_count=self._own("ssm.group_count") or 0,
            time_step_rank=self._own("ssm.time_step_rank") or 0,
            wkv_head_size=self._own("wkv.head_size") or 0,
            token_shift_count=self._own("token_shift_count") or 0,
        )
        return recurrent if recurrent != Recurrent() else None

    def _own(self, name: str) -> int | None:
        return self._number(f"{self._architecture}.{name}")

    def _own_of_layers(self, name: str) -> int | tuple[int, ...] | None:
        key = f"{self._architecture}.{name}"
        value = self._values.get(key)
        if not isinstance(value, tuple):
            return self._number(key)
        return tuple(self._checked(key, item) for item in value)

    def _number(self, key: str) -> int | None:
        value = self._values.get(key)
        return None if value is None else self._checked(key, value)

    def _checked(self, key: str, value: Value) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _LARGEST_NUMBER:
            raise self._damaged(key, value)
        return value

    def _text(self, key: str) -> str | None:
        value = self._values.get(key)
        if value is not None and not isinstance(value, str):
            raise self._damaged(key, value)
        return value or None

    def _damaged(self, key: str, value: Value) -> ModelLoadFailed:
        return ModelLoadFailed(f"{self._path} is damaged: {key} cannot be {value!r:.60}. Download it again.")
