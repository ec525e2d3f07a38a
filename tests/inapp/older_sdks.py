"""Builds an environment with the SDKs as they were an age ago, which speak the older HTTP library.

`python -m tests.inapp.older_sdks` makes it once, in a folder that is not kept in the repository; `test_older_sdks.py`
then runs the tests of the SDKs with it.
"""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".venv-older"
PYTHON = FOLDER / "bin" / "python"
SDKS = ("openai<2", "anthropic<1")
REST = ("genai-prices>=0.2.3,<0.3", "tenacity>=9.1,<10", "tzdata", "hypothesis", "pytest", "pytest-asyncio")


def main() -> int:
    venv.create(FOLDER, with_pip=True)
    done = subprocess.run(
        [PYTHON, "-m", "pip", "install", "--quiet", *SDKS, *REST, "pytest-timeout", "pytest-xdist"], check=False
    )
    if done.returncode:
        PYTHON.unlink()
        sys.stderr.write("the package index has no older SDKs: their tests are skipped\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
