"""The state of things as text: the model, its memory, warm or not."""

from __future__ import annotations

from threadrunner_kernel import config
from threadrunner_kernel.client import HostGone
from threadrunner_kernel.config import Settings
from threadrunner_kernel.models.catalogue import Catalogue
from threadrunner_kernel.models.names import next_model
from threadrunner_kernel.notebook.session import Session
from threadrunner_kernel.status import status_lines, table_lines


def status_text(session: Session, settings: Settings) -> str:
    """What ``%llm`` prints; it never starts anything."""
    model = next_model(settings, Catalogue(config.home() / "models"))
    chosen = f"Model for the next prompt: {model or 'none chosen'}"
    host = session.find_host(settings)
    if host is None:
        return f"{chosen}\nNothing is loaded; the first prompt starts it."
    try:
        status = host.get("/status")
    except HostGone:
        return f"{chosen}\nNothing is loaded; the first prompt starts it."
    return "\n".join([chosen, *(status_lines(status) or ["Nothing is loaded; the first prompt loads it."])])


def table_text(session: Session, settings: Settings) -> str:
    """What ``%llm ps`` prints; it never starts anything."""
    host = session.find_host(settings)
    try:
        lines = table_lines(host.get("/status")) if host else []
    except HostGone:
        lines = []
    return "\n".join(lines) or "No model is loaded."
