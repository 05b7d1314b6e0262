"""Writes docs/cli.md and docs/api.md from the commands and the docstrings: `make reference`."""

import dataclasses
import enum
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path

import click

import pytimer
from pytimer.cli import main

HERE = Path(__file__).parent
NOTE = "<!-- Written by docs/write_reference.py (make reference); do not edit. -->"


def cli_reference() -> str:
    """The help of every command, as the terminal shows it at 100 columns."""
    parts = [NOTE, "# Commands", _help(main, "pytimer")]
    for name, command in sorted(main.commands.items()):
        parts += [f"## pytimer {name}", _help(command, f"pytimer {name}")]
    return "\n\n".join(parts) + "\n"


def _help(command: click.Command, path: str) -> str:
    context = click.Context(
        command,
        info_name=path,
        terminal_width=100,
        max_content_width=100,
        **command.context_settings,
    )
    return f"```text\n{command.get_help(context).strip()}\n```"


def api_reference() -> str:
    """Every public name: functions first, then results, plans, errors."""
    groups: dict[str, list[str]] = {
        "Functions": [],
        "Results and their parts": [],
        "Choices": [],
        "Errors": [],
    }
    for name in sorted(pytimer.__all__):
        thing = getattr(pytimer, name)
        if inspect.isfunction(thing):
            groups["Functions"].append(name)
        elif not inspect.isclass(thing):
            continue
        elif issubclass(thing, BaseException):
            groups["Errors"].append(name)
        elif issubclass(thing, enum.Enum):
            groups["Choices"].append(name)
        else:
            groups["Results and their parts"].append(name)
    parts = [
        NOTE,
        "# Python interface",
        "`import pytimer` imports torch only when a name needs it.",
    ]
    for title, members in groups.items():
        parts.append(f"## {title}")
        for name in members:
            parts += _section(name, getattr(pytimer, name))
    return "\n\n".join(parts) + "\n"


def _section(name: str, thing: object) -> Iterator[str]:
    yield f"### {name}"
    lines = []
    if inspect.isfunction(thing):
        lines.append(_signature(name, thing))
    elif dataclasses.is_dataclass(thing):
        lines.append(f"{name}(\n" + "".join(f"    {one},\n" for one in _fields(thing)) + ")")
    elif isinstance(thing, type) and issubclass(thing, enum.Enum):
        lines.append(" | ".join(json.dumps(member.value) for member in thing))
    if lines:
        yield "```python\n" + "\n".join(lines) + "\n```"
    yield f"```text\n{inspect.getdoc(thing)}\n```"
    members = list(_members(thing))
    if members:
        yield "\n".join(members)


def _fields(thing: object) -> Iterator[str]:
    assert dataclasses.is_dataclass(thing)
    for field in dataclasses.fields(thing):
        yield f"{field.name}: {_annotation(field.type)}"


def _signature(name: str, function: object) -> str:
    assert callable(function)
    signature = inspect.signature(function)
    parameters, keyword_only = [], False
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not keyword_only:
            parameters.append("*")
            keyword_only = True
        default = "" if parameter.default is parameter.empty else _default(parameter.default)
        star = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
        keyword_only |= bool(star)
        parameters.append(f"{star}{parameter.name}: {_annotation(parameter.annotation)}{default}")
    returned = _annotation(signature.return_annotation)
    return f"{name}(\n" + "".join(f"    {one},\n" for one in parameters) + f") -> {returned}"


def _default(value: object) -> str:
    value = value.value if isinstance(value, enum.Enum) else value
    return f" = {json.dumps(value) if isinstance(value, str) else repr(value)}"


def _annotation(annotation: object) -> str:
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    return re.sub(r"\b(?:\w+\.)+(?=[A-Z])", "", text) or repr(annotation)


def _members(thing: object) -> Iterator[str]:
    """One line for each property and method that a class of ours documents."""
    for name, member in sorted(vars(thing).items()) if inspect.isclass(thing) else ():
        function = member.fget if isinstance(member, property) else member
        text = inspect.getdoc(function) if inspect.isfunction(function) else None
        if name.startswith("_") or function is None or not inspect.isfunction(function):
            continue
        call = "" if isinstance(member, property) else "()"
        first = (text or "").split("\n\n")[0].replace("\n", " ")
        yield f"* `{name}{call}`{': ' if first else ''}{first}"


if __name__ == "__main__":
    (HERE / "cli.md").write_text(cli_reference())
    (HERE / "api.md").write_text(api_reference())
