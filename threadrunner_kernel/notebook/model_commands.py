"""What ``%llm`` says and does about model files: models, show, pull, rm."""

from __future__ import annotations

import json
from typing import Any

from threadrunner_kernel import config
from threadrunner_kernel.client import HostGone
from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import BadRequest, GenerationInterrupted
from threadrunner_kernel.memory import text_size
from threadrunner_kernel.models import description
from threadrunner_kernel.models.catalogue import Catalogue
from threadrunner_kernel.models.names import find
from threadrunner_kernel.notebook.options import OptionParser, parse_words
from threadrunner_kernel.notebook.session import Session
from threadrunner_kernel.terminal import printable

COMMANDS = {
    "models": "the models on this machine, also those of other programs",
    "show": "what a model is and can do: show [NAME]",
    "pull": "fetch a model from huggingface.co: pull ORG/REPO[:QUANTISATION]",
    "rm": "remove a model from the models folder: rm NAME [--yes]",
}


class ModelCommands:
    """Each takes the rest of its line and gives the text for the user."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def models(self, line: str) -> str:
        options = _parse("models", line)
        there = _catalogue()
        entries = there.listed()
        if options.json:
            return json.dumps([entry.to_wire() for entry in entries], indent=2)
        return description.table(entries) if entries else there.what_there_is()

    def show(self, line: str, settings: Settings) -> str:
        options = _parse("show", line, "NAME", is_optional=True)
        name = config.parse("model", options.operand, "%llm show ") if options.operand else settings.model
        known = description.facts(find(name, _catalogue()))
        return json.dumps(known, indent=2) if options.json else description.sheet(known)

    def pull(self, line: str, view: str) -> str:
        """Fetch a model, with its progress in a view of this kind.

        Raises:
            GenerationInterrupted: the user's stop; what has come is kept.
        """
        from threadrunner_kernel.models.pulling import PullLine, pull_by_name, what_was_done
        from threadrunner_kernel.notebook.progress_view import Progress

        options = _parse("pull", line, "ORG/REPO[:QUANTISATION]")
        told = PullLine()
        shown = Progress(view)

        def report(progress: Any) -> None:
            told.update(progress)
            shown.update(told.text(), progress.done_bytes / max(1, progress.total_bytes))

        try:
            # A stop is Python's own here: it ends a read that waits for the hub, too.
            entry, pulled = pull_by_name(options.operand, config.home() / "models", report)
        except KeyboardInterrupt:
            raise GenerationInterrupted(told.stopped().removeprefix("Stopped. ")) from None
        finally:
            shown.close()
        if options.json:
            return json.dumps({**entry.to_wire(), "was_there": pulled.was_there}, indent=2)
        size = text_size(entry.size_bytes())
        return f"{what_was_done(entry, pulled)} ({size}): %llm set model={printable(entry.name)}"

    def rm(self, line: str, settings: Settings) -> str:
        from threadrunner_kernel.models.removal import plan, remove

        options = _parse("rm", line, "NAME", with_yes=True)
        there = _catalogue()
        removal = plan(config.parse("model", options.operand, "%llm rm "), there, self._loaded_files(settings))
        name, size = printable(removal.entry.name), text_size(removal.size_bytes)
        if not options.yes and not self._is_confirmed(f"Remove {name} ({size})? [y/N] "):
            return f"{name} stays."
        remove(removal, there.folder)
        if options.json:
            return json.dumps({"name": removal.entry.name, "removed": [str(file) for file in removal.files]}, indent=2)
        return f"{name} is removed ({size})."

    def _is_confirmed(self, question: str) -> bool:
        try:
            return input(question).strip().lower() in ("y", "yes")
        except (RuntimeError, EOFError) as exc:  # a front end that cannot ask
            raise BadRequest("Nobody is there to be asked: give --yes to remove it.") from exc

    def _loaded_files(self, settings: Settings) -> set[str]:
        host = self._session.find_host(settings)
        try:
            rows = host.get("/status")["models"] if host else []
        except HostGone:
            return set()
        return {row["path"] for row in rows if row["path"] and row["state"] not in ("stopped", "failed")}


def _catalogue() -> Catalogue:
    return Catalogue(config.home() / "models")


def _parse(
    command: str, line: str, operand: str | None = None, *, is_optional: bool = False, with_yes: bool = False
) -> Any:
    parser = OptionParser(prog=f"llm {command}", add_help=False, allow_abbrev=False)
    parser.add_argument("--json", action="store_true")
    if with_yes:
        parser.add_argument("--yes", "-y", action="store_true")
    if operand:
        parser.add_argument("operand", metavar=operand, nargs="?" if is_optional else None)
    return parse_words(parser, line)
