import subprocess

import pytest

from tests.inapp.older_sdks import PYTHON, ROOT, SDKS

TESTS = ("test_sdk_openai.py", "test_sdk_anthropic.py", "test_sdk_clouds.py", "test_sdk_media.py", "test_reserving.py")


@pytest.mark.skipif(not PYTHON.exists(), reason="no older SDKs here: python -m tests.inapp.older_sdks gets them")
@pytest.mark.timeout(300)
def test_older_sdks_are_tracked_alike() -> None:
    files = [str(ROOT / "tests" / "inapp" / name) for name in TESTS]

    done = subprocess.run(
        [PYTHON, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, f"{SDKS}\n{done.stdout[-5000:]}{done.stderr[-2000:]}"
    assert "skipped" not in done.stdout.splitlines()[-1]
