"""``threadrunner doctor``: what it finds, line by line, and with ``--fix`` what it mends."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from threadrunner_kernel.doctor import CHECKS, Finding, Repair, chosen, lines_of, look
from threadrunner_kernel.errors import ThreadRunnerError
from threadrunner_kernel.terminal import printable

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@click.argument("checks", nargs=-1, type=click.Choice(list(CHECKS)), metavar="[CHECK]...")
@click.option("--quick", "is_quick", is_flag=True, help="start no host, and load no model")
@click.option("--fix", "is_fixing", is_flag=True, help="mend what can safely be mended, asking before each thing")
@click.option("--yes", "-y", "is_agreed", is_flag=True, help="with --fix: do not ask")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def doctor(checks: tuple[str, ...], is_quick: bool, is_fixing: bool, is_agreed: bool, as_json: bool) -> int:
    """Look whether everything is as it should be, and say what to do.

    A line for each thing: ok, warn (it works, with something to know) or fail (it will not work). The exit code is
    1 when something fails. With names, as in `threadrunner doctor socket jupyter`, only those checks are made.

    --fix can install the kernel for Jupyter and a missing llama-server engine (with pip), remove sockets and locks
    that nobody uses, end hosts and runners that were left behind, and set permissions right.
    """
    if is_agreed and not is_fixing:
        raise click.UsageError("--yes goes with --fix.")
    if is_fixing and not is_agreed and (as_json or not (sys.stdin and sys.stdin.isatty())):
        raise click.UsageError("--fix asks before each thing, and nobody can answer here: add --yes.")
    visit = Visit(is_fixing, is_agreed, as_json)
    for name in chosen(checks, is_quick=is_quick):
        visit.look(name)
    fails = sum(finding.level == "fail" for finding in visit.findings)
    if as_json:
        found = [finding.to_dict() for finding in visit.findings]
        click.echo(json.dumps({"ok": not fails, "findings": found, "repairs": visit.repairs}, indent=2))
    else:
        _conclude(fails, 0 if is_fixing else sum(finding.repair is not None for finding in visit.findings))
    return 1 if fails else 0


class Visit:
    """One run of the doctor: what is found, and what is done about it."""

    def __init__(self, is_fixing: bool, is_agreed: bool, as_json: bool) -> None:
        self.findings: list[Finding] = []
        self.repairs: list[dict[str, Any]] = []
        self._is_fixing = is_fixing
        self._is_agreed = is_agreed
        self._as_json = as_json

    def look(self, name: str) -> None:
        """Make a check; when something was mended, make it again."""
        found = self._found(name)
        if self._is_fixing and [repair for finding in found if (repair := finding.repair) and self._mends(repair)]:
            found = self._found(name)
        self.findings += found

    def _found(self, name: str) -> list[Finding]:
        found = []
        for finding in look(name):
            found.append(finding)
            if not self._as_json:
                _show(finding)
        return found

    def _mends(self, repair: Repair) -> bool:
        """Whether it was wanted and done."""
        if not self._is_agreed and not click.confirm(f"      {printable(repair.what)}?", default=False):
            return False
        try:
            text, is_done = repair.act(), True
        except ThreadRunnerError as exc:
            text, is_done = exc.message, False
        self.repairs.append({"repair": repair.what, "done": is_done, "text": text})
        if not self._as_json:
            word, colour = ("mended", "green") if is_done else ("failed", "red")
            click.echo(f"{click.style(word, fg=colour)}: {printable(text)}")
        return is_done


def _conclude(fails: int, repairs: int) -> None:
    if fails:
        click.echo(f"{fails} thing{'' if fails == 1 else 's'} to mend.", err=True)
    if repairs:
        click.echo(f"`threadrunner doctor --fix` can mend {repairs} of these, and asks first.", err=True)


def _show(finding: Finding) -> None:
    first, *rest = (printable(line) for line in lines_of(finding))
    level = click.style(finding.level.ljust(5), fg=COLOURS[finding.level])
    click.echo(level + first[5:])
    for line in rest:
        click.echo(click.style(line, dim=True))
    sys.stdout.flush()  # the next check may take a while
