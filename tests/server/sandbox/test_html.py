"""The page's HTML: escaped, self-contained, and allowed to run nothing."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stripe.checkout import Session

from server.sandbox import page
from server.sandbox.html import render
from server.sandbox.sheet import Line, PageState, Sheet
from tests.server.sandbox.till import CHALLENGED, DECLINED, GOOD, Till
from tests.server.sandbox.wallet import customer, open_page

VOID = {"input", "link", "meta"}
HOSTILE = "<script>alert(1)</script>\"'&</style><img src=x onerror=alert(1)>"


class Outline(HTMLParser):
    """Collects tags and attributes, and notices what is not closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.said = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


def every_page(till: Till) -> list[str]:
    """One page in each state: those that charge a card, and those that only save it."""
    known = customer(till)
    replies = [page.view(till.sandbox, "nobody")]
    openers: list[Callable[[], Session]] = [till.open, lambda: open_page(till, known)]
    for opened in openers:
        fresh, declined, challenged, done, expired = (opened().id for _ in range(5))
        till.stripe.checkout.sessions.expire(expired)
        replies += [
            page.view(till.sandbox, fresh),
            till.type_in(declined, DECLINED),
            till.type_in(declined, "nonsense"),
            till.type_in(challenged, CHALLENGED),
            till.type_in(done, GOOD),
            page.view(till.sandbox, expired),
        ]
    assert {reply.state for reply in replies} == set(PageState)
    return [reply.html for reply in replies]


def test_every_page_is_whole_and_runs_and_loads_nothing(till: Till) -> None:
    for html in every_page(till):
        outline = Outline(html)
        assert outline.open == []
        assert not outline.tags & {"script", "img", "iframe", "object", "base"}
        assert not [name for name, _ in outline.attributes if name.startswith("on")]
        assert not [name for name, _ in outline.attributes if name == "style"]
        assert "no money moves" in outline.said


def test_every_input_has_a_label_and_no_browser_fills_it_in(till: Till) -> None:
    html = page.view(till.sandbox, till.open().id).html
    inputs = re.findall(r'<input id="(\w+)" name="(\w+)"[^>]*autocomplete="off"', html)
    assert inputs == [(name, name) for name in ("card_number", "exp", "cvc")]
    for name, _ in inputs:
        assert f'<label for="{name}">' in html


def test_a_mistyped_field_is_marked_and_ready_to_be_typed_again(till: Till) -> None:
    html = till.type_in(till.open().id, GOOD, exp="13/40").html
    assert re.search(r'id="exp"[^>]*aria-invalid="true" autofocus', html)
    assert html.count("autofocus") == 1


def test_the_policy_names_the_style_sheet_and_allows_no_script(till: Till) -> None:
    html = page.view(till.sandbox, till.open().id).html
    (css,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    policy = page.HEADERS["Content-Security-Policy"]
    hashed = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert f"style-src 'sha256-{hashed}'" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert page.HEADERS["Cache-Control"] == "no-store"


def test_the_shops_texts_are_shown_as_text(till: Till) -> None:
    price = {"currency": "eur", "unit_amount": 4500, "product_data": {"name": HOSTILE}}
    session = till.open(
        line_items=[{"quantity": 2, "price_data": price}],
        cancel_url='https://shop.test/"><script>alert(1)</script>',
    )
    html = page.view(till.sandbox, session.id).html
    assert "script" not in Outline(html).tags
    assert HOSTILE in Outline(html).said


@given(
    name=st.text("<>\"'&;ax=/ \u202e", max_size=30),
    state=st.sampled_from(PageState),
    saves=st.booleans(),
)
def test_no_text_of_the_shop_becomes_markup(name: str, state: PageState, *, saves: bool) -> None:
    line = Line(name=name, note=name, quantity=1, amount=name)
    harmless = Line(name="-", note="-", quantity=1, amount="-")
    total = "" if saves else "EUR 1"
    hostile = Sheet(
        id="cs_1", state=state, message=name, total=total, lines=(line,), next=name, saves=saves
    )
    plain = replace(hostile, message="-", lines=(harmless,), next="-")
    may_be_absent = {"a", "span", "p"}
    assert (
        Outline(render(hostile)).tags | may_be_absent == Outline(render(plain)).tags | may_be_absent
    )


@pytest.mark.parametrize("state", [PageState.PAID, PageState.SAVED, PageState.EXPIRED])
def test_without_an_address_there_is_no_link(state: PageState) -> None:
    sheet = Sheet(id="cs_1", state=state, message="Done.", total="EUR 1")
    assert "<a" not in render(sheet)
