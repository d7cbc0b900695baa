"""``threadrunner doctor``: what it finds, line by line."""

from __future__ import annotations

import json
import sys

import click

from threadrunner_kernel.doctor import Finding, examine, lines_of
from threadrunner_kernel.terminal import printable

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@click.option("--quick", "is_quick", is_flag=True, help="start no host, and load no model")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def doctor(is_quick: bool, as_json: bool) -> int:
    """Look whether everything is as it should be, and say what to do.

    A line for each thing: ok, warn (it works, with something to know) or fail (it will not work). The exit code is
    1 when something fails.
    """
    findings = []
    for finding in examine(is_quick=is_quick):
        findings.append(finding)
        if not as_json:
            _show(finding)
    fails = sum(finding.level == "fail" for finding in findings)
    if as_json:
        click.echo(json.dumps({"ok": not fails, "findings": [finding.to_dict() for finding in findings]}, indent=2))
    elif fails:
        click.echo(f"{fails} thing{'' if fails == 1 else 's'} to mend.", err=True)
    return 1 if fails else 0


def _show(finding: Finding) -> None:
    first, *rest = (printable(line) for line in lines_of(finding))
    level = click.style(finding.level.ljust(5), fg=COLOURS[finding.level])
    click.echo(level + first[5:])
    for line in rest:
        click.echo(click.style(line, dim=True))
    sys.stdout.flush()  # the next check may take a while
