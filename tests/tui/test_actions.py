"""The table of actions: each can be run, is found, and has a command that does the same."""

from __future__ import annotations

import asyncio
import pkgutil
from importlib import import_module
from typing import Any

import pytest
from textual.command import CommandPalette

import tui
from tests.tui.marketplace import Marketplace, screen_text, wait_for_idle, wait_for_text, wait_until
from ticketing_cli.commands import COMMANDS
from tui import actions
from tui.app import TicketingApp
from tui.command_palette import ActionProvider

EVERY = [(scope, each) for scope, there in actions.SCOPES.items() for each in there.actions]
#: Actions about the app itself, which have no command.
LOOKS = {
    "change_theme", "mouse", "quit", "back", "next_tab", "previous_tab", "pause",
}  # fmt: skip


def _screens_by_scope() -> dict[str, type[Any]]:
    """Return the screen of each scope, wherever it is in `tui/`."""
    modules = pkgutil.walk_packages(tui.__path__, "tui.")
    members = (vars(import_module(module.name)).values() for module in modules)
    classes = (each for group in members for each in group if isinstance(each, type))
    return {each.scope: each for each in classes if "scope" in vars(each)}  # type: ignore[attr-defined]


SCREENS: dict[str, type[Any]] = {**_screens_by_scope(), "app": TicketingApp}


def screen(scope: str) -> type[Any]:
    return SCREENS[scope]


@pytest.mark.parametrize(
    ("scope", "action"), EVERY, ids=lambda each: str(getattr(each, "name", each))
)
def test_every_action_has_a_command_that_does_the_same(
    scope: str, action: actions.AppAction
) -> None:
    if action.cli_command is None:
        assert action.name in LOOKS, f"{scope}: {action.text} has no twin"
        return
    table = COMMANDS
    for word in action.cli_command.split():
        assert word in table, f"{scope}: there is no `ticketing {action.cli_command}`"
        table = dict(table[word].group)


@pytest.mark.parametrize(
    ("scope", "action"), EVERY, ids=lambda each: str(getattr(each, "name", each))
)
def test_every_action_has_a_method_on_its_screen(scope: str, action: actions.AppAction) -> None:
    name = action.name.split("(")[0]
    assert callable(getattr(screen(scope), f"action_{name}", None))


@pytest.mark.parametrize("scope", sorted(SCREENS))
def test_no_two_actions_of_a_screen_share_a_key(scope: str) -> None:
    keys = [key for each in actions.SCOPES[scope].actions for key in each.key.split(",") if key]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("scope", sorted(SCREENS))
def test_every_visible_binding_is_in_the_table(scope: str) -> None:
    known = {each.name.split("(")[0] for each in actions.SCOPES[scope].actions}
    bound = {
        binding.action.split("(")[0]
        for binding in screen(scope).BINDINGS
        if getattr(binding, "show", True)
    }
    assert bound <= known


def test_the_palette_lists_every_available_action(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app("ana") as (app, _):
            offered = [action for _, action, _ in ActionProvider(app.screen).offered_actions()]
            for scope in ("market", "ticket", "checkout", "account", "wallet"):
                missing = {
                    each.name for each in actions.SCOPES[scope].actions
                    if each not in offered and each.name != "back"
                }  # fmt: skip
                assert not missing, scope
            assert not any(each in offered for each in actions.OPERATOR.actions if each.writes)

    asyncio.run(journey())


def test_the_palette_finds_actions_with_letters_left_out(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app() as (app, pilot):
            await pilot.press("ctrl+p")
            await wait_until(pilot, lambda: isinstance(app.screen, CommandPalette))
            await pilot.press(*"sll tckt")
            await wait_for_text(pilot, "Sell a ticket")
            assert "Filter shows" not in screen_text(app)

    asyncio.run(journey())


def test_the_palette_switches_to_the_screen_of_the_action(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app("ana") as (app, pilot):
            await pilot.press("colon", *"entry code")
            await wait_for_text(pilot, "Copy the entry code")
            await pilot.press("enter")
            await wait_until(pilot, lambda: app.current_mode == "wallet")

    asyncio.run(journey())


def test_a_read_only_app_offers_no_action_that_writes(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app("ana", readonly=True) as (app, pilot):
            offered = [action for _, action, _ in ActionProvider(app.screen).offered_actions()]
            assert not any(action.writes for action in offered)
            await wait_for_text(pilot, "read-only")
            await pilot.press("b")
            await wait_for_idle(pilot)
            assert app.screen.id != "purchase"
            assert len(app.screen_stack) == 1

    asyncio.run(journey())
