"""Builds environments with the SDKs as they were a major version ago, and two: they speak the older HTTP library.

`python -m tests.inapp.older_sdks` makes them once, in a folder that is not kept in the repository;
`test_older_sdks.py` then runs the tests of the SDKs with each.
"""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".venv-older"
SDKS = {"one": ("openai<3", "anthropic<2"), "two": ("openai<2", "anthropic<1")}
REST = ("genai-prices>=0.2.3,<0.3", "tenacity>=9.1,<10", "tzdata", "hypothesis", "pytest", "pytest-asyncio")


def python_of(majors_ago: str) -> Path:
    return FOLDER / majors_ago / "bin" / "python"


def main() -> int:
    for majors_ago, sdks in SDKS.items():
        python = python_of(majors_ago)
        venv.create(FOLDER / majors_ago, with_pip=True)
        done = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", *sdks, *REST, "pytest-timeout", "pytest-xdist"], check=False
        )
        if done.returncode:
            python.unlink()
            sys.stderr.write(f"the package index has no {' and '.join(sdks)}: their tests are skipped\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
