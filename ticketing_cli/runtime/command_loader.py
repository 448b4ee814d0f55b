"""Command loader: build commands from the table on first use, with suggestions and examples."""

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

from ticketing_cli.commands import COMMANDS, CommandSpec
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.global_options import GLOBAL_OPTIONS

EXAMPLES = "\n\nExamples:\n"


class HelpfulCommand(Command):
    """A command that suggests corrections, and whose help ends with examples."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Parse the arguments; for a misspelt option suggest the nearest one."""
        try:
            return super().parse_args(ctx, args)
        except NoSuchOption as error:
            names = [name for param in self.get_params(ctx) for name in param.opts]
            near = difflib.get_close_matches(error.option_name, names, n=1)
            guess = f" Did you mean {near[0]}?" if near else ""
            raise UsageError(f"There is no option {error.option_name!a}.{guess}", ctx) from None

    def format_epilog(self, _ctx: Context, formatter: HelpFormatter) -> None:
        """Write the examples."""
        if self.epilog:
            with formatter.section("Examples"):
                for line in inspect.cleandoc(self.epilog).splitlines():
                    formatter.write(f"  {line}".rstrip() + "\n")


class LeafCommand(HelpfulCommand, TyperCommand):
    """A command that also accepts the global options; its help leaves them out."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        """Return the command's parameters and the global options."""
        return [*super().get_params(ctx), *GLOBAL_OPTIONS]

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        """Return the usage with required arguments in the common form, without Typer's braces."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the command's own options only."""
        _write_options(super().get_params(ctx), ctx, formatter)


class CommandGroup(HelpfulCommand, TyperGroup):
    """A group whose commands are imported on first use. Names cannot be abbreviated."""

    def __init__(
        self,
        name: str,
        *,
        table: Mapping[str, CommandSpec],
        bare: Command | None = None,
        **more: Any,
    ) -> None:
        """Take the table of sub-commands; `bare` runs when none of them is named."""
        params = bare.params if bare else []
        super().__init__(
            name=name, rich_markup_mode=None, invoke_without_command=True, params=params, **more
        )
        self.table = table
        self.bare = bare

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Parse the arguments; words that name no sub-command are those of the bare command."""
        takes_words = any(param.param_type_name == "argument" for param in self.params)
        if self.bare is not None and takes_words and (not args or args[0] not in self.table):
            ctx.allow_interspersed_args = True
            return self.bare.parse_args(ctx, args)
        self._drop_words()
        return super().parse_args(ctx, args)

    def _drop_words(self) -> None:
        """Leave the bare command's words out, once a sub-command is named."""
        self.params = [param for param in self.params if param.param_type_name == "option"]

    def list_commands(self, _ctx: Context) -> list[str]:
        """Return the names, in the table's order."""
        return list(self.table)

    def get_command(self, _ctx: Context, cmd_name: str) -> Command | None:
        """Import the command and return it; None when there is no such name."""
        spec = self.table.get(cmd_name)
        return build(cmd_name, spec) if spec else None

    def get_params(self, ctx: Context) -> list[Parameter]:
        """Return the bare command's options, the global ones and --help."""
        return [*super().get_params(ctx), *GLOBAL_OPTIONS]

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """Find the named command, or fail with a suggestion."""
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None and not ctx.resilient_parsing:
            near = difflib.get_close_matches(name, self.table, n=3)
            guess = f" Did you mean {' or '.join(near)}?" if near else ""
            ctx.fail(f"There is no command {name!a}.{guess}")
        if command is not None:
            self._drop_words()
        return (name if command else None), command, args[1:]

    def invoke(self, ctx: Context) -> object:
        """Run the named command or the bare one, or show the help."""
        if ctx._protected_args:  # noqa: SLF001  the group's own, by another name
            return super().invoke(ctx)
        if self.bare and self.bare.callback:
            return ctx.invoke(self.bare.callback, **ctx.params)
        if ctx.parent is None:
            typer.echo(OPENING)
        typer.echo(ctx.get_help())
        return None

    def shell_complete(self, ctx: Context, incomplete: str) -> list[CompletionItem]:
        """Offer the names from the table, without importing the commands, and the options."""
        names = [
            CompletionItem(name, help=spec.help)
            for name, spec in self.table.items()
            if name.startswith(incomplete)
        ]
        return [*names, *Command.shell_complete(self, ctx, incomplete)]

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the options, the global ones only at the root, and the commands."""
        params = self.get_params(ctx) if ctx.parent is None else super().get_params(ctx)
        _write_options(params, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, _ctx: Context, formatter: HelpFormatter) -> None:
        """List the commands from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, spec.help) for name, spec in self.table.items()])


def root() -> CommandGroup:
    """Return the root command, `ticketing`."""
    return CommandGroup("ticketing", table=COMMANDS, help=ROOT_HELP, epilog=ROOT_EXAMPLES,
                  context_settings={"help_option_names": ["-h", "--help"]})  # fmt: skip


def build(name: str, spec: CommandSpec) -> Command:
    """Build the command of a table entry, importing its module unless it is a plain group."""
    bare = build_leaf(name, _function(spec.target)) if spec.target else None
    if not spec.group:
        return cast("Command", bare)
    epilog = bare.epilog if bare else _group_examples(name, spec.group)
    return CommandGroup(name, table=spec.group, bare=bare, help=spec.help, epilog=epilog)


def build_leaf(name: str, function: Callable[..., Any]) -> TyperCommand:
    """Build a command from a function with Typer's annotations; its docstring is the help."""
    text, _, examples = inspect.cleandoc(function.__doc__ or "").partition(EXAMPLES)
    info = CommandInfo(name=name, cls=LeafCommand, callback=function, help=text, epilog=examples)
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


def _group_examples(name: str, table: Mapping[str, CommandSpec]) -> str:
    first, *_, last = [*table, *table]
    return f"ticketing {name} {first} --help\nticketing help {name} {last}"


OPENING = "`ticketing tui` opens the marketplace as a terminal app.\n"
ROOT_HELP = "Buy and sell tickets for concerts, matches and other shows."
ROOT_EXAMPLES = """
ticketing list curacao
ticketing buy tkt_9f
ticketing help exit-codes
"""


def help_for(words: Sequence[str]) -> str:
    """Return the help of the command that `words` name, or of `ticketing` without words."""
    command: Command = root()
    context = Context(command, info_name="ticketing", **command.context_settings)
    for word in words:
        if not isinstance(command, CommandGroup):
            context.fail(f"{context.command_path} has no sub-commands.")
        _, found, _ = command.resolve_command(context, [word])
        command = cast("Command", found)
        context = Context(command, info_name=word, parent=context)
    return command.get_help(context)


def candidates(args: list[str], incomplete: str, run: Run) -> Iterator[tuple[str, str]]:
    """Yield the completions of `incomplete` after `args`, each with its help."""
    context = _resolve_context(root(), {"obj": run}, "ticketing", args)
    owner, incomplete = _resolve_incomplete(context, args, incomplete)
    for item in owner.shell_complete(context, incomplete):
        yield item.value, item.help or ""
