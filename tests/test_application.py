"""What an application imports: light, and each name at its first use."""

import subprocess
import sys

import pytest

import monitor

HEAVY = {"asyncio", "apprise", "apscheduler", "genai_prices", "httpx", "httpx2", "pydantic", "structlog", "ssl"}


def loaded_by(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*(name for name in sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def test_the_import_alone_loads_nothing_of_ours() -> None:
    assert {name for name in loaded_by("import monitor") if name.startswith("monitor.")} == set()


@pytest.mark.parametrize("name", monitor.__all__)
def test_every_name_that_is_offered_is_there(name: str) -> None:
    assert name in dir(monitor)
    assert getattr(monitor, name).__name__ == name


def test_everything_together_is_light() -> None:
    assert loaded_by(f"from monitor import {', '.join(monitor.__all__)}") & HEAVY == set()


def test_a_name_that_is_not_offered_is_an_error() -> None:
    with pytest.raises(AttributeError, match="Trakcer"):
        getattr(monitor, "Trakcer")  # noqa: B009 - mypy would tell.
