"""Tree: build commands from the table when they are used, in our way of helping and guessing."""

from __future__ import annotations

import difflib
import importlib
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

import typer
from typer._click.core import Command, Context, Parameter
from typer._click.exceptions import NoSuchOption, UsageError
from typer._click.formatting import HelpFormatter
from typer._click.shell_completion import (
    CompletionItem,
    _resolve_context,
    _resolve_incomplete,
)
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command_from_info
from typer.models import CommandInfo

from ticketing_cli.commands import COMMANDS, Entry
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.global_options import GLOBAL_OPTIONS

EXAMPLES = "\n\nExamples:\n"


class Guiding(Command):
    """A command that guesses what was meant, and whose help ends with examples."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Read the arguments; for a misspelt option suggest the one that was meant."""
        try:
            return super().parse_args(ctx, args)
        except NoSuchOption as error:
            names = [name for param in self.get_params(ctx) for name in param.opts]
            near = difflib.get_close_matches(error.option_name, names, n=1)
            guess = f" Did you mean {near[0]}?" if near else ""
            raise UsageError(f"There is no option {error.option_name!a}.{guess}", ctx) from None

    def format_epilog(self, _ctx: Context, formatter: HelpFormatter) -> None:
        """End with the examples, as typed."""
        if self.epilog:
            with formatter.section("Examples"):
                for line in inspect.cleandoc(self.epilog).splitlines():
                    formatter.write(f"  {line}".rstrip() + "\n")


class Leaf(Guiding, TyperCommand):
    """A command that also takes the global options; its own help leaves them out."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        """Return the command's parameters and the global options."""
        return [*super().get_params(ctx), *GLOBAL_OPTIONS]

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        """Write required arguments as everybody does, without Typer's braces."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the command's own options only."""
        _write_options(super().get_params(ctx), ctx, formatter)


class Branch(Guiding, TyperGroup):
    """A group whose commands are imported when used. Names are never abbreviated."""

    def __init__(
        self, name: str, *, table: Mapping[str, Entry], bare: Command | None = None, **more: Any
    ) -> None:
        """`bare` runs, with the options given here, when no sub-command is named."""
        params = bare.params if bare else []
        super().__init__(
            name=name, rich_markup_mode=None, invoke_without_command=True, params=params, **more
        )
        self.table = table
        self.bare = bare

    def list_commands(self, _ctx: Context) -> list[str]:
        """Return the names, in the table's order."""
        return list(self.table)

    def get_command(self, _ctx: Context, cmd_name: str) -> Command | None:
        """Import the command and return it; None when there is no such name."""
        entry = self.table.get(cmd_name)
        return grow(cmd_name, entry) if entry else None

    def get_params(self, ctx: Context) -> list[Parameter]:
        """Return the bare command's options, the global ones and --help."""
        return [*super().get_params(ctx), *GLOBAL_OPTIONS]

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """Find the named command, or say which one may have been meant."""
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None and not ctx.resilient_parsing:
            near = difflib.get_close_matches(name, self.table, n=3)
            guess = f" Did you mean {' or '.join(near)}?" if near else ""
            ctx.fail(f"There is no command {name!a}.{guess}")
        return (name if command else None), command, args[1:]

    def invoke(self, ctx: Context) -> object:
        """Run the named command, the bare one, or show the help."""
        if ctx._protected_args:  # noqa: SLF001  the group's own, by another name
            return super().invoke(ctx)
        if self.bare and self.bare.callback:
            return ctx.invoke(self.bare.callback, **ctx.params)
        if ctx.parent is None:
            typer.echo(OPENING)
        typer.echo(ctx.get_help())
        return None

    def shell_complete(self, ctx: Context, incomplete: str) -> list[CompletionItem]:
        """Offer the names from the table, importing none of them, and the options."""
        names = [
            CompletionItem(name, help=entry.help)
            for name, entry in self.table.items()
            if name.startswith(incomplete)
        ]
        return [*names, *Command.shell_complete(self, ctx, incomplete)]

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the options, the global ones only at the root, and the commands."""
        params = self.get_params(ctx) if ctx.parent is None else super().get_params(ctx)
        _write_options(params, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, _ctx: Context, formatter: HelpFormatter) -> None:
        """List the commands from the table, importing none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in self.table.items()])


def root() -> Branch:
    """Return `ticketing` itself."""
    return Branch("ticketing", table=COMMANDS, help=ROOT_HELP, epilog=ROOT_EXAMPLES,
                  context_settings={"help_option_names": ["-h", "--help"]})  # fmt: skip


def grow(name: str, entry: Entry) -> Command:
    """Make the command of a table entry, importing its module unless it is a plain group."""
    bare = leaf(name, _function(entry.target)) if entry.target else None
    if not entry.group:
        return cast("Command", bare)
    epilog = bare.epilog if bare else _group_examples(name, entry.group)
    return Branch(name, table=entry.group, bare=bare, help=entry.help, epilog=epilog)


def leaf(name: str, function: Callable[..., Any]) -> TyperCommand:
    """Make a command of a function written in Typer's way, its docstring being its help."""
    told, _, examples = inspect.cleandoc(function.__doc__ or "").partition(EXAMPLES)
    info = CommandInfo(name=name, cls=Leaf, callback=function, help=told, epilog=examples)
    command = get_command_from_info(info, pretty_exceptions_short=True, rich_markup_mode=None)
    return cast("TyperCommand", command)


def _function(target: str) -> Callable[..., Any]:
    module, _, name = target.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(f"ticketing_cli.{module}"), name)
    return function


def _write_options(params: Sequence[Parameter], ctx: Context, formatter: HelpFormatter) -> None:
    for title, kind in (("Arguments", "argument"), ("Options", "option")):
        records = [p.get_help_record(ctx) for p in params if p.param_type_name == kind]
        if rows := [record for record in records if record]:
            with formatter.section(title):
                formatter.write_dl(rows)


def _group_examples(name: str, table: Mapping[str, Entry]) -> str:
    first, *_, last = [*table, *table]
    return f"ticketing {name} {first} --help\nticketing help {name} {last}"


OPENING = "`ticketing tui` will be all of this as an app; until then, use the commands.\n"
ROOT_HELP = "Buy and sell tickets for concerts, matches and other shows."
ROOT_EXAMPLES = """
ticketing list curacao
ticketing buy tkt_9f
ticketing help exit-codes
"""


def explain(words: Sequence[str]) -> str:
    """Return the help of the command that `words` name, of `ticketing` itself for none."""
    command: Command = root()
    context = Context(command, info_name="ticketing", **command.context_settings)
    for word in words:
        if not isinstance(command, Branch):
            context.fail(f"{context.command_path} has no sub-commands.")
        _, found, _ = command.resolve_command(context, [word])
        command = cast("Command", found)
        context = Context(command, info_name=word, parent=context)
    return command.get_help(context)


def candidates(args: list[str], incomplete: str, run: Run) -> Iterator[tuple[str, str]]:
    """Yield what may stand where `incomplete` is typed after `args`, each with its help."""
    context = _resolve_context(root(), {"obj": run}, "ticketing", args)
    owner, incomplete = _resolve_incomplete(context, args, incomplete)
    for item in owner.shell_complete(context, incomplete):
        yield item.value, item.help or ""
