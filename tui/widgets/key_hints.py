"""Hints: the keys of the screen in one line at its foot. A click does what the key does.

Textual's Footer makes a widget of each key anew whenever the focus moves, and cuts the last one in
two where the line is short.
"""

from __future__ import annotations

from typing import NamedTuple

from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

GAP = 3


class Hint(NamedTuple):
    """A key as people write it and as Textual calls it, what it does, whether that can be now."""

    shown: str
    label: str
    key: str
    enabled: bool

    @property
    def width(self) -> int:
        """How many cells it takes."""
        return Content(f"{self.shown} {self.label}").cell_length


class Hints(Widget):
    """One line of keys. Where not all fit, the last but one goes first: the last finds the rest."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "Hints { height: 1; dock: bottom; background: $footer-background; }"

    hints: reactive[tuple[Hint, ...]] = reactive((), init=False)

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self.read)
        self.call_after_refresh(self.read, self.screen)

    def read(self, screen: Screen[object]) -> None:
        """Take the keys of what has the focus, if this screen is the one in front."""
        if screen is not self.screen or not self.is_attached or not self.screen.is_current:
            return
        bound = {
            binding.action: Hint(
                self.app.get_key_display(binding), binding.description, binding.key, enabled
            )
            for _, binding, enabled, _ in screen.active_bindings.values()
            if binding.show
        }  # fmt: skip
        self.hints = tuple(bound.values())

    def fitting(self) -> tuple[Hint, ...]:
        """Return those there is room for."""
        kept = list(self.hints)
        while len(kept) > 1 and sum(h.width + GAP for h in kept) - GAP + 2 > self.size.width:
            del kept[-2]
        return tuple(kept)

    def render(self) -> Content:
        parts = [Content(" ")]
        for hint in self.fitting():
            key = "bold $footer-key-foreground" if hint.enabled else "dim $footer-key-foreground"
            said = "$footer-description-foreground"
            parts += [
                Content.styled(hint.shown, key),
                Content.styled(f" {hint.label}", said if hint.enabled else f"dim {said}"),
                Content(" " * GAP),
            ]
        return Content("").join(parts)

    def on_click(self, event: events.Click) -> None:
        left = 1
        for hint in self.fitting():
            if left <= event.x < left + hint.width:
                self.press(hint)
            left += hint.width + GAP

    def press(self, hint: Hint) -> None:
        """Do what a key does, if that is possible now."""
        if hint.enabled:
            self.app.simulate_key(hint.key)
        else:
            self.app.bell()
