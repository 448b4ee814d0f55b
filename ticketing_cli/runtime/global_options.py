"""Global options: those that every command accepts, before its name and after it."""

from __future__ import annotations

from typing import Any, cast

from typer._click.core import Context, Parameter
from typer._click.exceptions import UsageError
from typer.core import TyperOption

from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.terminal import Color


def set_color(ctx: Context, _param: Parameter, value: str | None) -> None:
    """Store --color in the run."""
    if value is None:
        return
    if value not in set(Color):
        raise UsageError(f"--color must be one of {', '.join(Color)}, not {value!a}.", ctx)
    cast("Run", ctx.obj).color = Color(value)


def set_server(ctx: Context, _param: Parameter, value: str | None) -> None:
    """Store --server in the run."""
    if value is not None:
        cast("Run", ctx.obj).server = value


def set_flag(ctx: Context, param: Parameter, value: bool) -> None:
    """Store --no-input or --debug in the run."""
    if value:
        setattr(cast("Run", ctx.obj), str(param.name), True)


def _option(*names: str, **more: Any) -> TyperOption:
    # Eager, so that an error about any other option already obeys them.
    return TyperOption(param_decls=list(names), expose_value=False, is_eager=True, **more)


GLOBAL_OPTIONS: list[Parameter] = [
    _option(
        "--server", metavar="URL", callback=set_server, help="Address of the marketplace."
    ),
    _option(
        "--color", metavar="WHEN", callback=set_color, help="Use color: auto, always or never."
    ),
    _option(
        "--no-input", is_flag=True, default=False, callback=set_flag, help="Never prompt."
    ),
    _option(
        "--debug", is_flag=True, default=False, callback=set_flag,
        help="Show a traceback for errors.",
    ),
]  # fmt: skip
