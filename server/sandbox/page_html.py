"""Page HTML: a hosted page as one document, without scripts, images or anything from elsewhere."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from importlib.resources import files

from server.sandbox.cards import SHOWN, SHOWN_TO_SAVE
from server.sandbox.page_model import PageItem, PageModel, SandboxPageState

#: Inline, so that the page is one response; the policy allows it by its hash.
CSS = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
_HASH = b64encode(sha256(CSS.encode()).digest()).decode()
#: The page may run and load nothing, and its form may only be sent back here.
HEADERS: Mapping[str, str] = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
TITLES: Mapping[SandboxPageState, str] = {
    SandboxPageState.OPEN: "Pay",
    SandboxPageState.DECLINED: "Declined",
    SandboxPageState.INVALID: "Pay",
    SandboxPageState.CHALLENGE: "3-D Secure",
    SandboxPageState.PAID: "Paid",
    SandboxPageState.SAVED: "Card saved",
    SandboxPageState.EXPIRED: "Expired",
}
#: Longer amounts are set smaller, so that they do not break across lines.
SHORT_AMOUNT = 6
#: The label above the amount once nothing is left to pay.
LABELS: Mapping[SandboxPageState, str] = {
    SandboxPageState.PAID: "Paid",
    SandboxPageState.EXPIRED: "Not paid",
}

#: What the shop stores about a saved card.
STORED = """<ul class="lines"><li><span class="name">For your next purchases</span>
<span class="note">Only the card's brand, last four digits and expiry date are stored,
never its number.</span>
</li></ul>"""


def render(page: PageModel) -> str:
    """Return the page; all text from the shop is escaped."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{_title(page)} · Sandbox</title>
<link rel="icon" href="data:,">
<style>{CSS}</style>
</head>
<body>
<p class="banner"><strong>Sandbox:</strong> no money moves. Use test cards only.</p>
<main class="ticket">
{_stub(page)}
<section class="work">
{_action(page)}
</section>
</main>
</body>
</html>
"""


def _title(page: PageModel) -> str:
    if page.saves and page.state in {SandboxPageState.OPEN, SandboxPageState.INVALID}:
        return "Save a card"
    return escape(f"{TITLES[page.state]} {page.total}".strip())


def _stub(page: PageModel) -> str:
    """Return what the page is for: the stub of the ticket."""
    if page.saves:
        return _setup_stub(page)
    return _payment_stub(page) if page.total else ""


def _setup_stub(page: PageModel) -> str:
    """Return the stub of a page that saves a card, which costs nothing."""
    saved, expired = page.state is SandboxPageState.SAVED, page.state is SandboxPageState.EXPIRED
    return f"""<section class="stub" aria-label="What this page is for">
<p class="label">Nothing {"was" if saved or expired else "will be"} charged</p>
<p class="total words">{"Card saved" if saved else "Save a card"}</p>
{"" if expired else STORED}
</section>"""


def _payment_stub(page: PageModel) -> str:
    """Return the stub of a payment: the items and the total."""
    items = "\n".join(_item(item, alone=len(page.items) == 1) for item in page.items)
    code, _, amount = page.total.partition(" ")
    long = " long" if len(amount) > SHORT_AMOUNT else ""
    return f"""<section class="stub" aria-label="What you pay for">
<p class="label">{LABELS.get(page.state, "Total")}</p>
<p class="total{long}"><span class="currency">{escape(code)}</span> {escape(amount)}</p>
{f'<ul class="lines">{items}</ul>' if items else ""}
</section>"""


def _item(item: PageItem, *, alone: bool) -> str:
    """Return one item; the price of a single one is the total, which is shown above."""
    times = f"{item.quantity} \u00d7 " if item.quantity > 1 else ""
    price = "" if alone and not times else f'<span class="sum">{times}{escape(item.amount)}</span>'
    note = f'<span class="note">{escape(item.note)}</span>' if item.note else ""
    return f'<li><span class="name">{escape(item.name)}</span>{note}{price}</li>'


def _action(page: PageModel) -> str:
    """Return what there is to do or to know: the right half of the ticket."""
    if page.state in {SandboxPageState.PAID, SandboxPageState.SAVED}:
        return _end(page, mark="✓", title="")
    if page.state is SandboxPageState.EXPIRED:
        return _end(page, mark="✕", title="Not saved" if page.saves else "Not paid")
    if page.state is SandboxPageState.CHALLENGE:
        return _challenge(page)
    if page.session is None:
        return _end(page, mark="?", title="Nothing to do" if page.saves else "Nothing to pay")
    return _form(page)


def _end(page: PageModel, *, mark: str, title: str) -> str:
    """Return the final message, which is the heading when there is no title."""
    heading, text = (title, page.message) if title else (page.message, "")
    link = _link(page.next, "Return to the shop")
    return f"""<div class="end {page.state}" role="status">
<p class="mark" aria-hidden="true">{mark}</p>
<h1>{escape(heading)}</h1>
{f"<p>{escape(text)}</p>" if text else ""}
{link}
</div>"""


def _challenge(page: PageModel) -> str:
    path = escape(f"{page.path}/challenge")
    no = "don't save the card" if page.saves else "decline the payment"
    return f"""<form method="post" action="{path}">
<p class="label">3-D Secure</p>
<h1>Confirm it's you</h1>
<p role="status">{escape(page.message)} A real bank would ask for a code or a fingerprint; this
one believes what you click.</p>
<button name="answer" value="pass" autofocus>Yes, it's me</button>
<button name="answer" value="fail" class="quiet">No, {no}</button>
</form>"""


def _form(page: PageModel) -> str:
    failed = page.failed or page.state in {SandboxPageState.DECLINED, SandboxPageState.INVALID}
    alert = f'<p class="alert" role="alert">{escape(page.message)}</p>' if failed else ""
    return f"""<form method="post" action="{escape(page.path)}" autocomplete="off">
<h1>Card details</h1>
{alert}
{_field(page, "card_number", "Card number", SHOWN[0].spaced, limit=23)}
<div class="pair">
{_field(page, "exp", "Expires", "MM/YY", limit=7)}
{_field(page, "cvc", "Security code", "123", limit=4)}
</div>
<button>{"Save card" if page.saves else f"Pay {escape(page.total)}"}</button>
{_cards(page)}
{_link(page.cancel_url, "Cancel and go back")}
</form>"""


def _link(url: str | None, text: str) -> str:
    return f'<a class="away" href="{escape(url)}">{text}</a>' if url else ""


def _field(page: PageModel, name: str, label: str, hint: str, *, limit: int) -> str:
    """Return one input, without autocomplete, so that no browser offers a real card."""
    invalid = ' aria-invalid="true"' if page.invalid_field == name else ""
    focused = name == (page.invalid_field or "card_number")
    return f"""<label for="{name}">{label}</label>
<input id="{name}" name="{name}" inputmode="numeric" autocomplete="off" required
 maxlength="{limit}" placeholder="{hint}"{invalid}{" autofocus" if focused else ""}>"""


def _cards(page: PageModel) -> str:
    shown = SHOWN_TO_SAVE if page.saves else [(card, card.summary) for card in SHOWN]
    rows = "\n".join(
        f"<tr><td><code>{card.spaced}</code></td><td>{escape(summary)}</td></tr>"
        for card, summary in shown
    )
    return f"""<details open>
<summary>Test cards</summary>
<table>{rows}</table>
<p>Any future date, any security code.</p>
</details>"""
