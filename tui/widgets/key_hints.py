"""Key hints: the keys of the screen in one line at its foot. A click acts like the key.

Textual's Footer recreates a widget for each key whenever the focus moves, and cuts the last one in
two if the line is too short.
"""

from __future__ import annotations

from typing import NamedTuple

from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

GAP = 3


class KeyHint(NamedTuple):
    """A key as displayed, its label, the key as Textual names it, and whether it is enabled."""

    shown: str
    label: str
    key: str
    enabled: bool

    @property
    def width(self) -> int:
        """The width in cells."""
        return Content(f"{self.shown} {self.label}").cell_length


class KeyHints(Widget):
    """One line of hints. If not all fit, the last but one goes: the last opens the palette."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "KeyHints { height: 1; dock: bottom; background: $footer-background; }"

    hints: reactive[tuple[KeyHint, ...]] = reactive((), init=False)

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self.read)
        self.call_after_refresh(self.read, self.screen)

    def read(self, screen: Screen[object]) -> None:
        """Read the key bindings of the focused widget, if this is the current screen."""
        if screen is not self.screen or not self.is_attached or not self.screen.is_current:
            return
        bound = {
            binding.action: KeyHint(
                self.app.get_key_display(binding), binding.description, binding.key, enabled
            )
            for _, binding, enabled, _ in screen.active_bindings.values()
            if binding.show
        }  # fmt: skip
        self.hints = tuple(bound.values())

    def fitting(self) -> tuple[KeyHint, ...]:
        """Return the hints that fit."""
        kept = list(self.hints)
        while len(kept) > 1 and sum(h.width + GAP for h in kept) - GAP + 2 > self.size.width:
            del kept[-2]
        return tuple(kept)

    def render(self) -> Content:
        parts = [Content(" ")]
        for hint in self.fitting():
            key = "bold $footer-key-foreground" if hint.enabled else "dim $footer-key-foreground"
            text = "$footer-description-foreground"
            parts += [
                Content.styled(hint.shown, key),
                Content.styled(f" {hint.label}", text if hint.enabled else f"dim {text}"),
                Content(" " * GAP),
            ]
        return Content("").join(parts)

    def on_click(self, event: events.Click) -> None:
        left = 1
        for hint in self.fitting():
            if left <= event.x < left + hint.width:
                self.press(hint)
            left += hint.width + GAP

    def press(self, hint: KeyHint) -> None:
        """Simulate the key, if it is enabled."""
        if hint.enabled:
            self.app.simulate_key(hint.key)
        else:
            self.app.bell()
