"""The token of the served port: made once, kept in a file that only its user can read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from threadrunner_kernel.errors import Unavailable

NAME = "token"


def read_token(home: Path) -> str:
    """The token, made when there is none yet. Programs that make it at the same time get the same one.

    Raises:
        Unavailable: it can be neither read nor written.
    """
    path = home / NAME
    try:
        if not path.exists():
            _make(path, is_new=False)
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        return path.read_text("ascii").strip() or renew_token(home)
    except (OSError, UnicodeDecodeError) as exc:
        raise Unavailable(f"The token cannot be kept in {path} ({exc}): make that place writable.") from exc


def renew_token(home: Path) -> str:
    """A new token in place of the old one, which is worth nothing from now on.

    Raises:
        Unavailable: it cannot be written.
    """
    try:
        return _make(home / NAME, is_new=True)
    except OSError as exc:
        raise Unavailable(f"The token cannot be kept in {home / NAME} ({exc}): make that place writable.") from exc


def _make(path: Path, *, is_new: bool) -> str:
    """A complete file appears at once; unless ``is_new`` one that is there already stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    token = secrets.token_urlsafe(32)
    fresh = path.with_name(f".{NAME}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(token + "\n")
        if is_new:
            os.replace(fresh, path)
        else:
            os.link(fresh, path)
    except FileExistsError:
        return path.read_text("ascii").strip()
    finally:
        fresh.unlink(missing_ok=True)
    return token
