"""Debian's own Chromium: Playwright brings none that could be had without the internet."""

import shutil

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
# Tests run as root in containers, whose /dev/shm is small.
OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
