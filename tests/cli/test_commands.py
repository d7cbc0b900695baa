"""The table of commands: what it says of a command is what the command says of itself."""

from __future__ import annotations

import pytest

from threadrunner_kernel.cli.commands import ROWS, SECTIONS, Row


@pytest.mark.parametrize(("name", "row"), ROWS.items(), ids=ROWS)
def test_a_row_leads_to_its_command(name: str, row: Row) -> None:
    command = row.load()
    assert command.name == name
    assert (command.help or "").splitlines()[0].startswith(row.help)


def test_no_name_is_in_two_sections() -> None:
    assert sum(len(rows) for rows in SECTIONS.values()) == len(ROWS)
