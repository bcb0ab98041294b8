"""Debian's Chromium, headless, as tests drive it: one start for many pages, with all that a page said and asked for."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service


class Heard(NamedTuple):
    """What a page said on its console (faults of scripts too), and the addresses that it asked for."""

    messages: tuple[str, ...]
    requests: tuple[str, ...]


class Browser:
    """A running browser."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self._driver = driver

    def open(self, page: Path, *, width: int = 1200, height: int = 900, scheme: str = "light") -> None:
        """Show a file in a view of that size, in light or dark."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self._driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self.heard()
        self._driver.get("about:blank")
        self._driver.get(page.as_uri())

    def heard(self) -> Heard:
        """Return what was said and asked for since the last time."""
        messages = tuple(f"{one['level']} {one['message']}" for one in self._driver.get_log("browser"))
        events = [json.loads(one["message"])["message"] for one in self._driver.get_log("performance")]
        asked = [one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"]
        return Heard(messages, tuple(one.partition("#")[0] for one in asked if one != "about:blank"))

    def run(self, script: str, *arguments: object) -> Any:
        """Run a script in the page and return what it returns."""
        return self._driver.execute_script(script, *arguments)

    def run_later(self, script: str, *arguments: object) -> Any:
        """Run a script that calls its last argument when it is done."""
        return self._driver.execute_async_script(script, *arguments)

    def picture(self, file: Path, *, whole: bool = True) -> None:
        """Write what the page looks like as PNG."""
        import base64

        shot = self._driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": whole})
        file.write_bytes(base64.b64decode(shot["data"]))


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Start the browser with its profile in `folder`, and end it. Nothing is downloaded: its driver is Debian's too."""
    options = Options()
    options.binary_location = shutil.which("chromium") or ""
    for one in ("headless=new", "disable-gpu", "disable-dev-shm-usage", f"user-data-dir={folder / 'profile'}"):
        options.add_argument(f"--{one}")
    # Chromium's own sandbox starts neither as root nor where user namespaces are forbidden; only our pages are shown.
    options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver") or "chromedriver"))
    try:
        driver.set_script_timeout(60)  # a busy machine
        yield Browser(driver)
    finally:
        driver.quit()
