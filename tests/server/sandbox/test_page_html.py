"""Page HTML: escaped, self-contained and without scripts."""

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

from server.sandbox import hosted_page
from server.sandbox.page_html import render
from server.sandbox.page_model import PageItem, PageModel, SandboxPageState
from tests.server.sandbox.merchant import CHALLENGED, DECLINED, GOOD, Merchant
from tests.server.sandbox.saved_cards import create_customer, open_setup_page

VOID = {"input", "link", "meta"}
HOSTILE = "<script>alert(1)</script>\"'&</style><img src=x onerror=alert(1)>"


class Outline(HTMLParser):
    """Collects tags, attributes and text, and checks that every element is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
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
        self.text += data


def every_page(merchant: Merchant) -> list[str]:
    """Return a page in each state: pages that charge a card, and pages that only save it."""
    customer_id = create_customer(merchant)
    replies = [hosted_page.view(merchant.sandbox, "nobody")]
    openers: list[Callable[[], Session]] = [
        merchant.open,
        lambda: open_setup_page(merchant, customer_id),
    ]
    for opened in openers:
        fresh, declined, challenged, done, expired = (opened().id for _ in range(5))
        merchant.stripe.checkout.sessions.expire(expired)
        replies += [
            hosted_page.view(merchant.sandbox, fresh),
            merchant.submit_card(declined, DECLINED),
            merchant.submit_card(declined, "nonsense"),
            merchant.submit_card(challenged, CHALLENGED),
            merchant.submit_card(done, GOOD),
            hosted_page.view(merchant.sandbox, expired),
        ]
    assert {reply.state for reply in replies} == set(SandboxPageState)
    return [reply.html for reply in replies]


def test_every_page_is_well_formed_and_runs_and_loads_nothing(merchant: Merchant) -> None:
    for html in every_page(merchant):
        outline = Outline(html)
        assert outline.open == []
        assert not outline.tags & {"script", "img", "iframe", "object", "base"}
        assert not [name for name, _ in outline.attributes if name.startswith("on")]
        assert not [name for name, _ in outline.attributes if name == "style"]
        assert "no money moves" in outline.text


def test_every_input_has_a_label_and_no_autocomplete(merchant: Merchant) -> None:
    html = hosted_page.view(merchant.sandbox, merchant.open().id).html
    inputs = re.findall(r'<input id="(\w+)" name="(\w+)"[^>]*autocomplete="off"', html)
    assert inputs == [(name, name) for name in ("card_number", "exp", "cvc")]
    for name, _ in inputs:
        assert f'<label for="{name}">' in html


def test_an_invalid_field_is_marked_and_focused(merchant: Merchant) -> None:
    html = merchant.submit_card(merchant.open().id, GOOD, exp="13/40").html
    assert re.search(r'id="exp"[^>]*aria-invalid="true" autofocus', html)
    assert html.count("autofocus") == 1


def test_the_policy_allows_only_the_style_sheet(merchant: Merchant) -> None:
    html = hosted_page.view(merchant.sandbox, merchant.open().id).html
    (css,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    policy = hosted_page.HEADERS["Content-Security-Policy"]
    hashed = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert f"style-src 'sha256-{hashed}'" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert hosted_page.HEADERS["Cache-Control"] == "no-store"


def test_text_from_the_shop_is_escaped(merchant: Merchant) -> None:
    price = {"currency": "eur", "unit_amount": 4500, "product_data": {"name": HOSTILE}}
    session = merchant.open(
        line_items=[{"quantity": 2, "price_data": price}],
        cancel_url='https://shop.test/"><script>alert(1)</script>',
    )
    html = hosted_page.view(merchant.sandbox, session.id).html
    assert "script" not in Outline(html).tags
    assert HOSTILE in Outline(html).text


@given(
    name=st.text("<>\"'&;ax=/ \u202e", max_size=30),
    state=st.sampled_from(SandboxPageState),
    saves=st.booleans(),
)
def test_no_text_from_the_shop_becomes_markup(
    name: str, state: SandboxPageState, *, saves: bool
) -> None:
    item = PageItem(name=name, note=name, quantity=1, amount=name)
    harmless = PageItem(name="-", note="-", quantity=1, amount="-")
    total = "" if saves else "EUR 1"
    hostile = PageModel(
        id="cs_1", state=state, message=name, total=total, items=(item,), next=name, saves=saves
    )
    plain = replace(hostile, message="-", items=(harmless,), next="-")
    may_be_absent = {"a", "span", "p"}
    assert (
        Outline(render(hostile)).tags | may_be_absent == Outline(render(plain)).tags | may_be_absent
    )


@pytest.mark.parametrize(
    "state", [SandboxPageState.PAID, SandboxPageState.SAVED, SandboxPageState.EXPIRED]
)
def test_a_page_without_a_next_address_has_no_link(state: SandboxPageState) -> None:
    page = PageModel(id="cs_1", state=state, message="Done.", total="EUR 1")
    assert "<a" not in render(page)
