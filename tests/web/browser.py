"""Debian's own Chromium: Playwright brings none that could be had without the internet."""

import shutil

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
# Tests run as root in containers, whose /dev/shm is small.
OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
NEEDED = pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium here: apt-get install chromium")
