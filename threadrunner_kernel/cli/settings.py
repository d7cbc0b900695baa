"""``threadrunner config``: the settings in force, and the file that has the user's own."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from threadrunner_kernel import config
from threadrunner_kernel.cli import offers
from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import BadSetting

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import Table


as_json_option = click.option("--json", "as_json", is_flag=True, help="as JSON")


@click.group(name="config", invoke_without_command=True)
@as_json_option
@click.pass_context
def config_group(ctx: click.Context, as_json: bool) -> None:
    """Show and change the settings in config.toml.

    \b
    threadrunner config                         what is set, and where
    threadrunner config set temperature 0.2     write it into the file
    threadrunner config set -p coder model qwen into a profile's table
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(show, as_json=as_json)
    elif as_json:
        raise click.UsageError(
            f"--json stands behind the command: threadrunner config {ctx.invoked_subcommand} --json."
        )


@config_group.command()
@click.option("--all", "is_all", is_flag=True, help="also what nobody has set")
@click.option("-p", "--profile", metavar="NAME", help="as it is under this profile", shell_complete=offers.profiles)
@as_json_option
def show(is_all: bool = False, profile: str | None = None, as_json: bool = False) -> None:
    """Show each setting, its value and where it comes from."""
    origins = _origins(profile)
    names = [name for name in config.FIELDS if is_all or as_json or name in origins]
    if as_json:
        rows = {name: dict(zip(("value", "source"), _row(name, origins), strict=True)) for name in names}
        click.echo(json.dumps(rows, indent=2))
        return
    if not names:
        click.echo(f"Nothing is set; {_file()} is where to. `threadrunner config show --all` lists what there is.")
        return
    width = max(map(len, names))
    for name in names:
        value, source = _row(name, origins)
        click.echo(f"{name:<{width}}  {_text(value):<20}  {source}")


@config_group.command()
@click.argument("name", shell_complete=offers.settings)
@click.option("-p", "--profile", metavar="NAME", help="as it is under this profile", shell_complete=offers.profiles)
@click.option("--json", "as_json", is_flag=True, help="as JSON, with where it comes from")
def get(name: str, profile: str | None, as_json: bool) -> None:
    """Print the value of one setting; an empty line where there is none."""
    value, source = _row(_known(name), _origins(profile))
    if as_json:
        click.echo(json.dumps({"value": value, "source": source}))
    else:
        click.echo("\n".join(value) if isinstance(value, tuple) else "" if value is None else _text(value))


@config_group.command(name="set")
@click.argument("name", shell_complete=offers.settings)
@click.argument("values", nargs=-1, required=True, metavar="VALUE", shell_complete=offers.setting_values)
@click.option("-p", "--profile", metavar="NAME", help="in this profile's table", shell_complete=offers.profiles)
@as_json_option
def set_value(name: str, values: tuple[str, ...], profile: str | None, as_json: bool) -> None:
    """Write a setting into the file; some, such as `stop`, take several values."""
    name = _known(name)
    value = _value(name, values)
    document = _document()
    _table(document, profile, name)[name] = list(value) if isinstance(value, tuple) else value
    _write(document)
    notice = _what_is_above(name, value, profile)
    if notice:
        click.echo(notice, err=True)
    if as_json:
        click.echo(json.dumps({"name": name, "value": value, **_where(profile), "notice": notice}))


def _value(name: str, values: Sequence[str]) -> Any:
    """The words of a command as the setting's value; those that do not fit are wrong usage."""
    if len(values) > 1 and not config.takes_several(name):
        raise click.UsageError(f"{name} takes one value: put one with spaces into quotes.")
    try:
        return config.parse(name, values if config.takes_several(name) else values[0], "config set")
    except BadSetting as exc:
        raise click.UsageError(exc.message) from exc


@config_group.command()
@click.argument("name", shell_complete=offers.settings)
@click.option("-p", "--profile", metavar="NAME", help="in this profile's table", shell_complete=offers.profiles)
@as_json_option
def unset(name: str, profile: str | None, as_json: bool) -> None:
    """Take a setting out of the file."""
    document = _document(is_right=False)  # a mistake in it may be what is to go
    table = _table(document, profile, name)
    written = name if name in table else name.lstrip("-").replace("-", "_")
    if written not in table or isinstance(table[written], dict):
        raise BadSetting(f"{_known(name)} is not set in {_place(profile)}.", param=name)
    del table[written]
    _write(document)
    if as_json:
        click.echo(json.dumps({"name": name, **_where(profile)}))


@config_group.command()
@as_json_option
def path(as_json: bool) -> None:
    """Print where the file is."""
    click.echo(json.dumps({**_where(None), "exists": _file().exists()}) if as_json else _file())


@config_group.command()
def edit() -> None:
    """Open the file in your editor, and say what is wrong in it afterwards."""
    _file().parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        _file().touch(exist_ok=False)
    click.edit(filename=str(_file()))
    config.read_file()


def _file() -> Path:
    return config.home() / "config.toml"


def _where(profile: str | None) -> dict[str, Any]:
    """The place in the file, for programs."""
    return {"path": str(_file()), "profile": profile}


def _place(profile: str | None) -> str:
    return f"{_file()}, [profiles.{profile}]" if profile else str(_file())


def _known(name: str) -> str:
    known = name.lstrip("-").replace("-", "_")
    if known not in config.FIELDS:
        raise click.UsageError(f"There is no setting {name!r}.{config.nearest(known, config.FIELDS)}")
    return known


def _origins(profile: str | None) -> dict[str, tuple[Any, str]]:
    return config.merged(overrides={"profile": profile} if profile is not None else None)


def _row(name: str, origins: Mapping[str, tuple[Any, str]]) -> tuple[Any, str]:
    """A setting's value and where it comes from."""
    value, source = origins.get(name, (getattr(Settings(), name), "default"))
    return value, _variable(name) if source == "environment" else source


def _variable(name: str) -> str:
    """The environment's variable that has a setting; an older name counts where the real one is not set."""
    aliases = [alias for alias, known in config.ENVIRONMENT_ALIASES.items() if known == name]
    variables = [f"THREADRUNNER_{word.upper()}" for word in (name, *aliases)]
    return next((variable for variable in variables if os.environ.get(variable)), "environment")


def _text(value: Any) -> str:
    """A value as `config set` takes it; a dash where nobody has chosen one."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return " ".join(json.dumps(item, ensure_ascii=False) for item in value)
    return str(value) if value != "" else '""'


# The file. tomlkit keeps what the user has written around a value: comments, order, blank lines.


def _document(*, is_right: bool = True) -> TOMLDocument:
    """The file as it stands; unless its mistakes are wanted, one that is not right is the user's to mend first.

    Raises:
        BadSetting
    """
    import tomlkit

    if is_right:
        config.read_file()
    try:
        return tomlkit.parse(_file().read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return tomlkit.document()
    except (OSError, ValueError):
        config.read_file()  # says what is wrong with it
        raise


def _table(document: TOMLDocument, profile: str | None, name: str) -> TOMLDocument | Table:
    """The table that a setting goes into."""
    import tomlkit

    if profile is None:
        return document
    if name not in config.names("request"):
        request = config.names("request")
        raise click.UsageError(f"{name!r} is not a setting of a request, and profiles have no others.{_list(request)}")
    if "profiles" not in document:
        document["profiles"] = tomlkit.table(is_super_table=True)
    profiles: Any = document["profiles"]
    if profile not in profiles:
        profiles[profile] = tomlkit.table()
    table: Table = profiles[profile]
    return table


def _list(names: Sequence[str]) -> str:
    return f" Those are: {', '.join(names)}."


def _write(document: TOMLDocument) -> None:
    """Put the file in place as a whole."""
    import tomlkit

    # Through a link, so that a file kept elsewhere stays where it is kept.
    file = _file().resolve()
    partial = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(tomlkit.dumps(document), "utf-8")
        if file.exists():
            partial.chmod(file.stat().st_mode & 0o777)
        partial.replace(file)
    except OSError as exc:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise BadSetting(f"{file} cannot be written ({exc.strerror}).") from exc


def _what_is_above(name: str, value: Any, profile: str | None) -> str | None:
    """Why what was just written does not count, or not yet."""
    in_force, source = _row(name, _origins(profile))
    if in_force != value:
        return f"Written, but {source} has {name} = {_text(in_force)}, which counts before it."
    if config.FIELDS[name].metadata["scope"] == "host":
        return "Written; it takes effect when the next host starts (`threadrunner stop` ends a running one)."
    return None
