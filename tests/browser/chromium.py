"""A real headless browser: Debian's Chromium, driven by the W3C WebDriver protocol."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

#: WebDriver's key for an element's id (w3.org/TR/webdriver2, section 12).
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
#: Headless, without Chromium's own sandbox (tests may run as root), and no requests at start.
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars",
)  # fmt: skip
#: How often a page is polled before it counts as stuck; one poll takes some milliseconds.
POLLS = 2000
NO_SCRIPTS = {"profile.managed_default_content_settings.javascript": 2}


class Browser:
    """One window. Elements are named by CSS selectors."""

    def __init__(self, client: httpx.Client, session: str) -> None:
        self._client = client
        self._session = session

    def open(self, url: str) -> None:
        self._post("url", {"url": url})

    @property
    def url(self) -> str:
        return str(self._get("url"))

    @property
    def title(self) -> str:
        return str(self._get("title"))

    def text(self, selector: str = "body") -> str:
        return str(self._get(f"element/{self._find(selector)}/text"))

    def type(self, selector: str, text: str) -> None:
        self._post(f"element/{self._find(selector)}/value", {"text": text})

    def submit(self, selector: str) -> None:
        """Click a button that submits its form, and wait for the next page."""
        before = self._find("html")
        self._post(f"element/{self._find(selector)}/click", {})
        for _ in range(POLLS):
            if self._client.get(f"/session/{self._session}/element/{before}/name").is_error:
                return
        msg = f"clicking {selector} led to no new page"
        raise AssertionError(msg)

    def has(self, selector: str) -> bool:
        return bool(self._post("elements", {"using": "css selector", "value": selector}))

    def rect(self, selector: str) -> dict[str, float]:
        """Return an element's position and size in CSS pixels."""
        rect: dict[str, float] = self._get(f"element/{self._find(selector)}/rect")
        return rect

    def resize(self, width: int, height: int) -> None:
        """Set the size of the viewport."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._cdp("Emulation.setDeviceMetricsOverride", metrics)

    def content_width(self) -> int:
        """Return the width of the page including overflow."""
        metrics = self._cdp("Page.getLayoutMetrics", {})
        return int(metrics["cssContentSize"]["width"])

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self._get("screenshot")))

    def _find(self, selector: str) -> str:
        found = self._post("element", {"using": "css selector", "value": selector})
        return str(found[ELEMENT])

    def _cdp(self, command: str, params: dict[str, Any]) -> Any:
        return self._post("goog/cdp/execute", {"cmd": command, "params": params})

    def _get(self, path: str) -> Any:
        return _value(self._client.get(f"/session/{self._session}/{path}"))

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return _value(self._client.post(f"/session/{self._session}/{path}", json=body))


def missing() -> str | None:
    """Return what is not installed; None when a browser can be driven."""
    for program in ("chromium", "chromedriver"):
        if shutil.which(program) is None:
            return f"there is no {program}; Debian's packages are chromium and chromium-driver"
    return None


def require() -> None:
    """Skip without a browser, unless the environment requires one."""
    why = missing()
    if why is not None:
        if os.environ.get("TICKETING_REQUIRE_CHROMIUM"):
            pytest.fail(why)
        pytest.skip(why)


@contextmanager
def browser(folder: Path, *, scripts: bool = True) -> Iterator[Browser]:
    """Open a window with an empty profile in `folder`; close it and its driver afterwards."""
    command = ["chromedriver", "--port=0", "--allowed-ips=127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as driver:
        try:
            with httpx.Client(base_url=_address(driver), timeout=60) as client:
                session = _session(client, folder, scripts=scripts)
                yield Browser(client, session)
                client.delete(f"/session/{session}")
        finally:
            driver.terminate()


def _session(client: httpx.Client, folder: Path, *, scripts: bool) -> str:
    options: dict[str, Any] = {
        "binary": shutil.which("chromium"),
        "args": [*FLAGS, f"--user-data-dir={folder / 'profile'}"],
        "prefs": {} if scripts else NO_SCRIPTS,
    }
    wanted = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}
    opened = _value(client.post("/session", json={"capabilities": wanted}))
    return str(opened["sessionId"])


def _address(driver: subprocess.Popen[str]) -> str:
    """Wait for the line in which the driver prints its port."""
    assert driver.stdout is not None
    for line in driver.stdout:
        if "started successfully on port" in line:
            return f"http://127.0.0.1:{line.split()[-1].rstrip('.')}"
    msg = "chromedriver ended without listening"
    raise RuntimeError(msg)


def _value(reply: httpx.Response) -> Any:
    value = reply.json()["value"]
    assert not reply.is_error, value
    return value
