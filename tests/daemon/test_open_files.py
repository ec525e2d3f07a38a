"""As many files may be open as the sources can need, if the system lets us."""

import subprocess
import sys

SCRIPT = """
import resource, sys
from monitor.daemon.open_files import make_room
sources, soft, hard = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
make_room(sources)
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def limits_after(sources: int, soft: int, hard: int) -> tuple[str, str]:
    """Return the limits in a process of their own, and what it says."""
    command = [sys.executable, "-c", SCRIPT, str(sources), str(soft), str(hard)]
    *said, limits = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return limits, "".join(said)


def test_a_soft_limit_that_is_too_low_is_raised_as_far_as_needed() -> None:
    assert limits_after(500, 256, 4096) == ("2512 4096", "")


def test_one_that_is_enough_is_left_alone() -> None:
    assert limits_after(10, 1024, 4096) == ("1024 4096", "")


def test_a_hard_limit_that_is_too_low_is_used_up_and_said() -> None:
    limits, said = limits_after(5000, 256, 4096)

    assert limits == "4096 4096"
    assert "LimitNOFILE" in said
    assert "needed=20512" in said
