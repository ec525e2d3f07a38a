import subprocess

import pytest

from tests.inapp.older_sdks import ROOT, SDKS, python_of

TESTS = ("test_sdk_openai.py", "test_sdk_anthropic.py", "test_sdk_clouds.py", "test_sdk_media.py", "test_reserving.py")


@pytest.mark.parametrize("majors_ago", SDKS)
@pytest.mark.timeout(300)
def test_older_sdks_are_tracked_alike(majors_ago: str) -> None:
    python = python_of(majors_ago)
    if not python.exists():
        pytest.skip("no older SDKs here: python -m tests.inapp.older_sdks gets them")
    files = [str(ROOT / "tests" / "inapp" / name) for name in TESTS]

    done = subprocess.run(
        [python, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, f"{SDKS[majors_ago]}\n{done.stdout[-5000:]}{done.stderr[-2000:]}"
    assert "skipped" not in done.stdout.splitlines()[-1]
