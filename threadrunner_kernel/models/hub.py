"""What a hub (huggingface.co, or HF_ENDPOINT) has of a model, and which of its files a name means."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from threadrunner_kernel.errors import DownloadFailed, HubUnreachable, ModelNotFound
from threadrunner_kernel.models.catalogue import RepoName
from threadrunner_kernel.models.elsewhere import is_model_file
from threadrunner_kernel.models.parts import part_of
from threadrunner_kernel.models.quantization import nearest_first, quantization_in

ANSWER_TIMEOUT_SECONDS = 20.0
OFFLINE_WORDS = {"1", "on", "yes", "true"}


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository: its name there, and what it must turn out to be."""

    name: str
    size_bytes: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """A model of a repository, at one revision of it: its files in order."""

    repo: str
    revision: str
    quantization: str | None
    files: tuple[RemoteFile, ...]

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


class Hub:
    """Asks a hub by huggingface_hub, with its endpoint, its token and its word on being offline."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self.endpoint = (environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
        self._is_offline = (environ.get("HF_HUB_OFFLINE") or "").lower() in OFFLINE_WORDS

    def find(self, wanted: RepoName) -> RemoteModel:
        """The model that a name means; without a quantisation, Q4_K_M or what is nearest to it.

        Raises:
            ModelNotFound: no such repository, or nothing in it that fits, with what there is.
            HubUnreachable: the hub cannot be asked.
            DownloadFailed: it refuses.
        """
        from huggingface_hub import HfApi, get_token

        with self.errors(wanted.repo):
            api = HfApi(endpoint=self.endpoint, token=get_token() or False, library_name="threadrunner")
            info = api.model_info(wanted.repo, files_metadata=True, timeout=ANSWER_TIMEOUT_SECONDS)
        files = [_remote_file(sibling) for sibling in info.siblings or ()]
        return choose(wanted, info.sha or "main", files)

    def url(self, model: RemoteModel, file: RemoteFile) -> str:
        from huggingface_hub import hf_hub_url

        return hf_hub_url(model.repo, file.name, revision=model.revision, endpoint=self.endpoint)

    def headers(self) -> dict[str, str]:
        from huggingface_hub import get_token
        from huggingface_hub.utils import build_hf_headers

        return build_hf_headers(token=get_token() or False, library_name="threadrunner")

    @contextlib.contextmanager
    def errors(self, repo: str) -> Iterator[None]:
        """What the hub's client raises within the block becomes a sentence.

        Raises:
            ModelNotFound, DownloadFailed
        """
        import httpx2
        from huggingface_hub import errors

        if self._is_offline:
            raise HubUnreachable(f"HF_HUB_OFFLINE is set, so {repo} is not fetched: unset it to pull.")
        try:
            yield
        except errors.OfflineModeIsEnabled as exc:
            raise HubUnreachable(f"HF_HUB_OFFLINE is set, so {repo} is not fetched: unset it to pull.") from exc
        except errors.HFValidationError as exc:
            raise ModelNotFound(f"{repo!r} cannot be a repository's name.", param="model") from exc
        except errors.HfHubHTTPError as exc:
            raise self._refusal(repo, exc) from exc
        except (httpx2.RequestError, httpx2.InvalidURL) as exc:
            reason = str(exc) or type(exc).__name__
            raise HubUnreachable(f"{self.endpoint} cannot be reached ({reason}): is the network there?") from exc
        except (ValueError, LookupError, TypeError) as exc:  # a page, where the API should be
            raise DownloadFailed(
                f"{self.endpoint} does not answer as a hub does: check HF_ENDPOINT, "
                "or whether the network wants a log-in first."
            ) from exc

    def _refusal(self, repo: str, exc: Any) -> ModelNotFound | DownloadFailed:
        from huggingface_hub import errors, get_token

        status = exc.response.status_code
        if isinstance(exc, errors.GatedRepoError):
            return DownloadFailed(
                f"{repo} is given only to those who have accepted its terms: accept them on {self.endpoint}/{repo}, "
                "make a token there and set it as HF_TOKEN."
            )
        if get_token() and status in (401, 403):
            return DownloadFailed(f"{self.endpoint} refuses your token ({status}): check HF_TOKEN, or unset it.")
        # The hub says 401 for what is not there as well, so as not to tell what is.
        if isinstance(exc, errors.RepositoryNotFoundError) or status in (401, 404):
            text = f"{self.endpoint} has no repository {repo} that you may see: check the name, or set HF_TOKEN."
            return ModelNotFound(text, param="model")
        return DownloadFailed(f"{self.endpoint} answers {repo} with status {status}: try again later.")


def choose(wanted: RepoName, revision: str, files: Iterable[RemoteFile]) -> RemoteModel:
    """The model in a repository's files that a name means.

    Raises:
        ModelNotFound: none does, with those that there are.
    """
    models = _models(files)
    if not models:
        hint = "" if wanted.repo.lower().endswith("gguf") else f" Somebody may offer it as {wanted.repo}-GGUF."
        raise ModelNotFound(f"{wanted.repo} has no GGUF file.{hint}", param="model")
    asked = (wanted.quantization or "").upper()
    by_quantization: dict[str, list[str]] = {}
    for name in models:
        by_quantization.setdefault(_quantization(name) or "", []).append(name)
    named = [name for name in models if asked in _spellings(name)]
    if not named and asked and asked not in by_quantization:
        there = ", ".join(filter(None, nearest_first(by_quantization, asked))) or ", ".join(models)
        raise ModelNotFound(f"{wanted.repo} has no {wanted.quantization}. There are: {there}.", param="model")
    chosen = named or by_quantization[asked or nearest_first(by_quantization)[0]]
    # A repository may hold variants of one quantisation; its main one has the plainest name.
    name = min(chosen, key=lambda name: (len(name), name))
    parts = tuple(sorted(models[name], key=lambda file: file.name))
    _check_whole(wanted, parts)
    return RemoteModel(wanted.repo, revision, _quantization(name), parts)


def _models(files: Iterable[RemoteFile]) -> dict[str, list[RemoteFile]]:
    """The files of each model, by its name: the path of its file, or of its parts without their numbers."""
    models: dict[str, list[RemoteFile]] = {}
    for file in files:
        path = PurePosixPath(file.name)
        part = part_of(path.name)
        first = path.name if part is None else f"{part[0]}-00001-of-{part[2]:05d}.gguf"
        # Its place on this disk is made of its name there.
        is_safe = not path.is_absolute() and not any(word.startswith(".") for word in path.parts)
        if is_safe and path.suffix.lower() == ".gguf" and is_model_file(first):
            models.setdefault(str(path.with_name(f"{part[0]}.gguf") if part else path), []).append(file)
    return models


def _check_whole(wanted: RepoName, files: tuple[RemoteFile, ...]) -> None:
    part = part_of(PurePosixPath(files[0].name).name)
    if part is not None and len(files) != part[2]:
        raise ModelNotFound(f"{wanted} should be in {part[2]} files and has {len(files)} on the hub.", param="model")


def _quantization(name: str) -> str | None:
    """From a model's own name, or from that of the folder that it is in."""
    return quantization_in(PurePosixPath(name).name) or quantization_in(name)


def _spellings(name: str) -> set[str]:
    path = PurePosixPath(name)
    return {word.upper() for word in (name, path.name, path.stem)}


def _remote_file(sibling: Any) -> RemoteFile:
    large = sibling.lfs
    return RemoteFile(sibling.rfilename, sibling.size or 0, large.sha256 if large else None)
