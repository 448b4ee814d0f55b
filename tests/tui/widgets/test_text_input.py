"""What is pasted into an input is one line of it."""

from __future__ import annotations

import asyncio

import pytest
from textual import events
from textual.app import App, ComposeResult

from tui.widgets.text_input import LineInput, SafeInput


class InputApp(App[None]):
    """An app with one input."""

    def __init__(self, field: LineInput) -> None:
        """Show `field`."""
        super().__init__()
        self.field = field

    def compose(self) -> ComposeResult:
        yield self.field


def pasted(field: LineInput, text: str) -> str:
    """Return what the field holds after a paste."""

    async def run() -> str:
        async with InputApp(field).run_test() as pilot:
            field.post_message(events.Paste(text))
            await pilot.pause()
            return field.value

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\n\nOrfeo", "Orfeo"),
        ("\r\n\tOrfeo\t\r\n", "Orfeo"),
        ("\t\n \nOrfeo\nCarmen", "Orfeo"),
        ("Orfeo\tParis", "Orfeo Paris"),
        (" and more", " and more"),
        ("\n\t\n", ""),
        ("", ""),
        ("\x1b[31mred", "\ufffd[31mred"),
    ],
)
def test_the_first_line_that_is_not_blank_is_pasted(text: str, expected: str) -> None:
    assert pasted(SafeInput(), text) == expected


def test_a_password_is_pasted_unchanged_except_for_its_line_ends() -> None:
    assert pasted(LineInput(password=True), "\n p\u00e4ss \n") == " p\u00e4ss "
