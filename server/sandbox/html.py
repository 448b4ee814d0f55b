"""Html: a sheet as one page that needs no script, no image and nothing from elsewhere."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from importlib.resources import files

from server.sandbox.cards import SHOWN, SHOWN_TO_SAVE
from server.sandbox.sheet import Line, PageState, Sheet

#: Inline, so that the page is one reply, and named by its hash in the policy.
CSS = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
_HASH = b64encode(sha256(CSS.encode()).digest()).decode()
#: The page may run nothing and load nothing; its form may go nowhere but here.
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
TITLES: Mapping[PageState, str] = {
    PageState.OPEN: "Pay",
    PageState.DECLINED: "Declined",
    PageState.INVALID: "Pay",
    PageState.CHALLENGE: "3-D Secure",
    PageState.PAID: "Paid",
    PageState.SAVED: "Card saved",
    PageState.EXPIRED: "Expired",
}
#: Figures longer than this are set smaller, so that no amount breaks across lines.
ROOM = 6
#: What the stub says above the amount, where it is not "To pay" any more.
LABELS: Mapping[PageState, str] = {PageState.PAID: "Paid", PageState.EXPIRED: "Not paid"}

#: What somebody who saves a card should know.
KEPT = """<ul class="lines"><li><span class="name">For what you buy next</span>
<span class="note">Kept are its brand, last four digits and expiry date, never its number.</span>
</li></ul>"""


def render(sheet: Sheet) -> str:
    """Return the page; whatever came from the shop is escaped."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{_title(sheet)} · Sandbox</title>
<link rel="icon" href="data:,">
<style>{CSS}</style>
</head>
<body>
<p class="banner"><strong>Sandbox:</strong> no money moves. Use test cards only.</p>
<main class="ticket">
{_stub(sheet)}
<section class="work">
{_work(sheet)}
</section>
</main>
</body>
</html>
"""


def _title(sheet: Sheet) -> str:
    if sheet.saves and sheet.state in {PageState.OPEN, PageState.INVALID}:
        return "Save a card"
    return escape(f"{TITLES[sheet.state]} {sheet.total}".strip())


def _stub(sheet: Sheet) -> str:
    """Say what the page is for: the half of the ticket that stays."""
    if sheet.saves:
        return _saving(sheet)
    return _price(sheet) if sheet.total else ""


def _saving(sheet: Sheet) -> str:
    """Say that a card is saved, and that this costs nothing."""
    saved, expired = sheet.state is PageState.SAVED, sheet.state is PageState.EXPIRED
    return f"""<section class="stub" aria-label="What this page is for">
<p class="label">Nothing {"was" if saved or expired else "is"} charged</p>
<p class="total words">{"Card saved" if saved else "Save a card"}</p>
{"" if expired else KEPT}
</section>"""


def _price(sheet: Sheet) -> str:
    """Say what is paid for, and how much."""
    lines = "\n".join(_line(line, alone=len(sheet.lines) == 1) for line in sheet.lines)
    code, _, figure = sheet.total.partition(" ")
    long = " long" if len(figure) > ROOM else ""
    return f"""<section class="stub" aria-label="What you pay for">
<p class="label">{LABELS.get(sheet.state, "To pay")}</p>
<p class="total{long}"><span class="currency">{escape(code)}</span> {escape(figure)}</p>
{f'<ul class="lines">{lines}</ul>' if lines else ""}
</section>"""


def _line(line: Line, *, alone: bool) -> str:
    """One thing that is paid for; the price of a single one is the total, said already."""
    times = f"{line.quantity} \u00d7 " if line.quantity > 1 else ""
    price = "" if alone and not times else f'<span class="sum">{times}{escape(line.amount)}</span>'
    note = f'<span class="note">{escape(line.note)}</span>' if line.note else ""
    return f'<li><span class="name">{escape(line.name)}</span>{note}{price}</li>'


def _work(sheet: Sheet) -> str:
    """Offer what there is to do, or say what there is to know."""
    if sheet.state in {PageState.PAID, PageState.SAVED}:
        return _end(sheet, mark="✓", title="")
    if sheet.state is PageState.EXPIRED:
        return _end(sheet, mark="✕", title="Not saved" if sheet.saves else "Not paid")
    if sheet.state is PageState.CHALLENGE:
        return _challenge(sheet)
    if sheet.session is None:
        return _end(sheet, mark="?", title="Nothing to do" if sheet.saves else "Nothing to pay")
    return _form(sheet)


def _end(sheet: Sheet, *, mark: str, title: str) -> str:
    """Say that nothing is left to do; a message without a title is the title."""
    heading, text = (title, sheet.message) if title else (sheet.message, "")
    way = _away(sheet.next, "Return to the shop")
    return f"""<div class="end {sheet.state}" role="status">
<p class="mark" aria-hidden="true">{mark}</p>
<h1>{escape(heading)}</h1>
{f"<p>{escape(text)}</p>" if text else ""}
{way}
</div>"""


def _challenge(sheet: Sheet) -> str:
    address = escape(f"{sheet.address}/challenge")
    no = "do not save the card" if sheet.saves else "refuse the payment"
    return f"""<form method="post" action="{address}">
<p class="label">3-D Secure</p>
<h1>Is it you?</h1>
<p role="status">{escape(sheet.message)} A real bank would ask for a code or a fingerprint; this one
believes what you click.</p>
<button name="answer" value="pass" autofocus>Yes, it is me</button>
<button name="answer" value="fail" class="quiet">No, {no}</button>
</form>"""


def _form(sheet: Sheet) -> str:
    failed = sheet.tried or sheet.state in {PageState.DECLINED, PageState.INVALID}
    alert = f'<p class="alert" role="alert">{escape(sheet.message)}</p>' if failed else ""
    return f"""<form method="post" action="{escape(sheet.address)}" autocomplete="off">
<h1>Card details</h1>
{alert}
{_field(sheet, "card_number", "Card number", SHOWN[0].spaced, limit=23)}
<div class="pair">
{_field(sheet, "exp", "Expires", "MM/YY", limit=7)}
{_field(sheet, "cvc", "Security code", "123", limit=4)}
</div>
<button>{"Save card" if sheet.saves else f"Pay {escape(sheet.total)}"}</button>
{_cards(sheet)}
{_away(sheet.back, "Cancel and go back")}
</form>"""


def _away(url: str | None, text: str) -> str:
    return f'<a class="away" href="{escape(url)}">{text}</a>' if url else ""


def _field(sheet: Sheet, name: str, label: str, hint: str, *, limit: int) -> str:
    """One input. Autocomplete is off so that no browser offers a real card for a test."""
    wrong = ' aria-invalid="true"' if sheet.field == name else ""
    first = sheet.field == name or (sheet.field is None and name == "card_number")
    return f"""<label for="{name}">{label}</label>
<input id="{name}" name="{name}" inputmode="numeric" autocomplete="off" required
 maxlength="{limit}" placeholder="{hint}"{wrong}{" autofocus" if first else ""}>"""


def _cards(sheet: Sheet) -> str:
    shown = SHOWN_TO_SAVE if sheet.saves else [(card, card.says) for card in SHOWN]
    rows = "\n".join(
        f"<tr><td><code>{card.spaced}</code></td><td>{escape(says)}</td></tr>"
        for card, says in shown
    )
    return f"""<details open>
<summary>Test cards</summary>
<table>{rows}</table>
<p>Any date to come, any security code.</p>
</details>"""
