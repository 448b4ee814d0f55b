"""Responses for a browser that follows one of our short links: a message, or a redirect."""

from __future__ import annotations

from html import escape

from server.routing import HttpResponse

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def message(status: int, title: str, text: str) -> HttpResponse:
    """Return a page with one message on it."""
    body = (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        "<meta name=color-scheme content='light dark'>"
        f"<title>{escape(title)}</title><style>body{{font:1.1rem/1.5 system-ui,sans-serif;"
        "max-width:28rem;margin:20vh auto;padding:0 1.5rem}h1{font-size:2rem}</style>"
        f"<h1>{escape(title)}</h1><p>{escape(text)}</p></html>"
    )
    return HttpResponse(status, body, "text/html", HEADERS)


def redirect(url: str) -> HttpResponse:
    """Send the browser on to `url`."""
    return HttpResponse(303, headers={**HEADERS, "Location": url})
