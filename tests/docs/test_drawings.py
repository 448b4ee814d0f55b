"""Drawings can be read: nothing lies on a text, nothing is cut off, nothing is left out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest

from docs.generators import flowchart, statechart, traffic
from docs.generators.machines import MACHINES
from docs.generators.svg import MONO_WIDTH, SANS_WIDTH, SHADES

DRAWINGS = {"events.svg": flowchart.draw, "states.svg": statechart.draw}
each = pytest.mark.parametrize("name", DRAWINGS)


@dataclass(frozen=True)
class Text:
    """A line of text in a drawing: what it says, and about where it is."""

    words: str
    left: float
    right: float
    top: float
    bottom: float

    def overlaps(self, other: Text) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def drawn(name: str) -> ET.Element:
    return ET.fromstring(DRAWINGS[name]())  # noqa: S314  we have just drawn it


def texts(name: str) -> list[Text]:
    return [placed(node) for node in drawn(name) if node.tag.endswith("}text")]


def placed(node: ET.Element) -> Text:
    words, size = node.text or "", float(node.attrib["font-size"])
    is_mono = node.attrib["class"].startswith("m ")
    width = len(words) * size * (MONO_WIDTH if is_mono else SANS_WIDTH)
    share = {"start": 0, "middle": 0.5, "end": 1}[node.attrib["text-anchor"]]
    left, base = float(node.attrib["x"]) - share * width, float(node.attrib["y"])
    return Text(words, left, left + width, base - size * 0.75, base + size * 0.25)


@each
def test_a_drawing_is_well_formed_and_told_to_who_cannot_see_it(name: str) -> None:
    kinds = [child.tag.rpartition("}")[2] for child in drawn(name)]
    assert kinds[:2] == ["title", "desc"]
    assert "prefers-color-scheme" in DRAWINGS[name]()


@each
def test_no_text_lies_on_another(name: str) -> None:
    pairs = combinations(texts(name), 2)
    assert not [(a.words, b.words) for a, b in pairs if a.overlaps(b)]


@each
def test_no_text_is_cut_off_and_no_drawing_wider_than_a_page(name: str) -> None:
    width, height = (float(drawn(name).attrib[side]) for side in ("width", "height"))
    assert width <= 1000
    assert not [
        text.words
        for text in texts(name)
        if text.left < 8 or text.right > width - 8 or text.top < 8 or text.bottom > height - 8
    ]


def test_no_name_of_a_move_lies_on_a_state() -> None:
    root = drawn("states.svg")
    boxes = [
        Text("", *edges(node))
        for node in root
        if node.tag.endswith("}rect") and "f-card" in node.attrib["class"]
    ]
    labels = [placed(node) for node in root if node.get("font-size") == "12"]
    verbs = {verb for m in MACHINES if m.named for moves in m.moves.values() for verb in moves}
    assert {label.words for label in labels} == verbs
    assert not [label.words for label in labels if any(label.overlaps(box) for box in boxes)]


def edges(node: ET.Element) -> tuple[float, float, float, float]:
    x, y, width, height = (float(node.attrib[side]) for side in ("x", "y", "width", "height"))
    return x, x + width, y, y + height


def test_every_event_and_every_hearing_is_in_the_flow() -> None:
    words = [text.words for text in texts("events.svg")]
    expected = {event.name: 1 + len(traffic.subscriptions()[event]) for event in traffic.EVENTS}
    assert {name: words.count(name) for name in expected} == expected


def test_every_call_between_rooms_is_in_the_flow() -> None:
    words = " ".join(text.words for text in texts("events.svg")).replace(" ·", "")
    assert traffic.calls()
    for (principal, _), verbs in traffic.calls().items():
        assert f"{principal} {' '.join(verbs)}" in words


def test_every_room_has_a_colour_of_its_own() -> None:
    shades = [SHADES[name] for name in (*traffic.ROOMS, traffic.RUNNER)]
    assert len({shade.light for shade in shades}) == len(shades)
    assert len({shade.dark for shade in shades}) == len(shades)
