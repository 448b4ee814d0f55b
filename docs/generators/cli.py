"""The CLI reference, from the command tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from typer._click.core import Command, Context, Parameter

from client.config import SETTINGS
from contract.endpoint import Endpoint
from docs.generators import shapes
from docs.generators.code import Function, resolve, source
from docs.generators.markdown import anchor, code, page, table, tick
from ticketing_cli.commands import COMMANDS, CommandSpec
from ticketing_cli.runtime.command_loader import root
from ticketing_cli.runtime.errors import ExitCode, status_of
from ticketing_cli.topics import FORMATTING, VARIABLES

ORIGIN = "the command tree in `ticketing_cli/`"
OPENING = """\
`ticketing help` shows this reference in the terminal, `ticketing COMMAND --help` the part about one
command. At the end are [global options](#global-options), [exit codes](#exit-codes),
[output](#output), [settings](#settings) and [environment variables](#environment).
`ticketing-server` has its own help: `ticketing-server run --help`."""
SETTINGS_INTRO = """\
`ticketing config` writes settings to `config.toml`. An option takes precedence over the
environment, and the environment over the file."""
Row = tuple[str, str]


def render() -> str:
    """Return the page."""
    found = list(commands())
    return page(
        "Commands",
        ORIGIN,
        OPENING,
        table(("command", "what it does"), ((_link(name), entry.help) for name, entry in found)),
        *(part for name, entry in found for part in _section(name, entry)),
        "## Global options",
        "These go before or after any command's name.",
        _options(_of_all()),
        "## Exit codes",
        "Scripts may rely on these numbers; their meaning never changes.",
        table(("code", "meaning"), ((tick(int(e)), e.__doc__ or "") for e in ExitCode)),
        "## Output",
        FORMATTING,
        "## Settings",
        SETTINGS_INTRO,
        table(
            ("key", "default", "meaning"),
            ((tick(name), tick(key.default), key.description) for name, key in SETTINGS.items()),
        ),
        "## Environment",
        table(("variable", "meaning"), ((tick(n), does) for n, does in VARIABLES.items())),
    )


def commands(table_of: Mapping[str, CommandSpec] = COMMANDS, before: str = "") -> Iterator[
    tuple[str, CommandSpec]
]:  # fmt: skip
    """Yield every command by its full name, each group before its commands."""
    for name, entry in table_of.items():
        full = f"{before} {name}".strip()
        yield full, entry
        yield from commands(entry.group, full)


def command_of(name: str) -> Command:
    """Return a command; for a group that also runs without a subcommand, what it runs."""
    command: Command = root()
    context = Context(command, info_name="ticketing")
    for word in name.split():
        found = command.get_command(context, word)  # type: ignore[attr-defined]
        assert found is not None, name  # noqa: S101  it is in the table
        command, context = found, Context(found, info_name=word, parent=context)
    return getattr(command, "bare", None) or command


def _section(name: str, entry: CommandSpec) -> Iterator[str]:
    command = command_of(name)
    yield f"## ticketing {name}"
    if not entry.target:
        yield f"{entry.help} Commands: {_inside(name, entry)}"
        return
    context = _context(name, command)
    usage = " ".join(command.collect_usage_pieces(context))
    yield code(f"ticketing {name} {usage}")
    yield (command.help or "").strip()
    if entry.group:
        yield f"Commands: {_inside(name, entry)}"
    yield _arguments(command, context)
    yield _options(_own(command))
    function = source("ticketing_cli").functions[_path(entry)]
    yield "\n".join(f"- {line}" for line in (*_json(function), *_refusals(function)))
    if command.epilog:
        yield code(_dedented(command.epilog), "console")


def _context(name: str, command: Command) -> Context:
    top = Context(root(), info_name="ticketing")
    return Context(command, info_name=name, parent=top)


def _of_all() -> list[Parameter]:
    top = root()
    return [p for p in top.get_params(Context(top, info_name="ticketing")) if _is_option(p)]


def _is_option(parameter: Parameter) -> bool:
    return parameter.param_type_name == "option" and "--help" not in parameter.opts


def _own(command: Command) -> list[Parameter]:
    return [p for p in command.params if _is_option(p)]


def _arguments(command: Command, context: Context) -> str:
    rows = [
        (tick(record[0]), record[1].replace("  [required]", ""))
        for p in command.params
        if p.param_type_name == "argument" and (record := p.get_help_record(context))
    ]
    return table(("argument", "meaning"), rows)


def _options(options: list[Parameter]) -> str:
    context = Context(root(), info_name="ticketing")
    rows = [_option(record) for p in options if (record := p.get_help_record(context))]
    return table(("option", "meaning"), rows)


def _option(record: Row) -> Row:
    names, means = record
    return tick(" ".join(names.split())), means


def _json(function: Function) -> Iterator[str]:
    """Yield the `--json` fields of each kind of record that a command prints."""
    names: list[Any] = []
    for node in ast.walk(function.node):
        if _is_choice(node):
            names += [resolve(n) or _local(function, n) for n in _kind(function, node)]
    for kind in dict.fromkeys(filter(None, names)):
        which = f" ({kind.__name__})" if len(set(names)) > 1 else ""
        yield f"**`--json` fields**{which}: `{shapes.compact(kind)}`"


def _is_choice(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "fields"
        and len(node.args) == 2  # noqa: PLR2004  the choice, and the kind of record
    )


def _kind(function: Function, node: Any) -> Iterator[str]:  # noqa: ANN401  a call, seen above
    found = list(source("ticketing_cli").uses(function, node.args[1]))
    yield from found or [node.args[1].id]


def _local(function: Function, name: str) -> object:
    return getattr(resolve(function.module), name, None)


def _refusals(function: Function) -> Iterator[str]:
    """Yield the endpoints that a command calls, and the problems they may return."""
    endpoints: dict[str, Endpoint[Any, Any]] = {}
    for name in source("ticketing_cli").reached(function):
        found = resolve(name) if name.startswith("contract.") else None
        if isinstance(found, Endpoint):
            endpoints[name] = found
    if endpoints:
        calls = ", ".join(
            f"[`{e.method} {e.path}`](api.md{anchor(f'{e.method} {e.path}')})"
            for e in endpoints.values()
        )
        yield f"**Calls** {calls}"
    problems = dict.fromkeys(p for endpoint in endpoints.values() for p in endpoint.errors)
    if problems:
        by_exit: dict[int, list[str]] = {}
        for problem in problems:
            by_exit.setdefault(int(status_of(problem)), []).append(tick(problem.code))
        codes = "; ".join(f"exit {n}: {', '.join(c)}" for n, c in sorted(by_exit.items()))
        yield f"**Refusals** {codes}"


def _path(entry: CommandSpec) -> str:
    module, _, name = entry.target.partition(":")
    return f"ticketing_cli.{module}.{name}"


def _inside(name: str, entry: CommandSpec) -> str:
    return ", ".join(_link(f"{name} {inner}") for inner in entry.group) + "."


def _link(name: str) -> str:
    return f"[`{name}`]({anchor(f'ticketing {name}')})"


def _dedented(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())
