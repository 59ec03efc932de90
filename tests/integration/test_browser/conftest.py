"""A browser as people have it: Debian's Chromium, driven by Playwright, and the pictures it takes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
MISSING = f"There is no browser at {CHROMIUM}, so nothing was looked at: run `apt-get install chromium` (Debian)"
SCREENSHOTS = Path(__file__).parents[3] / "build" / "screenshots"
"""Where the pictures stay, for a person and for CI to keep."""

PHONE, DESKTOP = (360, 800), (1280, 900)
SECONDS = 20
"""How long a part of a page may take to appear."""

Size = tuple[int, int]
Scheme = Literal["light", "dark"]


@dataclass
class Tab:
    """An open page, and what went wrong in it or was loaded for it.

    Attributes:
        page: Playwright's.
        complaints: the console's errors, refusals of the page's own policy included, and uncaught exceptions.
        loaded: the addresses of all requests.
    """

    page: Page
    complaints: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    def keep(self, name: str) -> None:
        """Takes a picture of the whole page."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    @property
    def overflow(self) -> int:
        """How many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


# Not for the whole session: while Playwright runs, this thread has an event loop, and others could not start theirs.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser, started once for a module."""
    if not CHROMIUM.exists():
        pytest.fail(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


OpenTab = Callable[..., Tab]


@pytest.fixture
def open_tab(chromium: Browser) -> Iterator[OpenTab]:
    """Opens an address in a window of a size and a colour scheme; each tab has a profile of its own."""
    contexts = []

    def opened(address: str, size: Size = DESKTOP, scheme: Scheme = "light") -> Tab:
        width, height = size
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, timezone_id="Europe/Malta"
        )
        contexts.append(context)
        context.set_default_timeout(SECONDS * 1000)
        tab = Tab(context.new_page())
        tab.page.on("console", lambda said: tab.complaints.append(said.text) if said.type == "error" else None)
        tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tab.page.on("request", lambda request: tab.loaded.append(request.url))
        tab.page.goto(address)
        return tab

    yield opened
    for context in contexts:
        context.close()
