"""The state of things as text: the model, warm or not, who holds it, and what all of it uses."""

from __future__ import annotations

from threadrunner_kernel import config
from threadrunner_kernel.client import HostGone
from threadrunner_kernel.config import Settings
from threadrunner_kernel.models.catalogue import Catalogue
from threadrunner_kernel.models.names import next_model
from threadrunner_kernel.notebook.session import Session
from threadrunner_kernel.status import (
    NO_MODEL,
    generation_lines,
    holder_lines,
    host_lines,
    status_lines,
    table_lines,
)


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
    models = status_lines(status) or ["Nothing is loaded; the first prompt loads it."]
    return "\n".join([chosen, *models, *holder_lines(status), *generation_lines(status), *host_lines(status)])


def table_text(session: Session, settings: Settings) -> str:
    """What ``%llm ps`` prints; it never starts anything."""
    host = session.find_host(settings)
    try:
        return "\n".join(table_lines(host.get("/status"))) if host else NO_MODEL
    except HostGone:
        return NO_MODEL
