"""From the answer that shows a threshold, leaving the account, to the message arriving at the webhook."""

import time
from statistics import median

from tests.benchmarks.rig import Rig, daemon, environ, folder, report, wait_for

ROUNDS = 10


def main() -> None:
    delays = [one() for _ in range(ROUNDS)]
    print("all: " + " ".join(f"{delay * 1000:.0f}" for delay in sorted(delays)) + " ms")
    report("threshold seen to told, median", median(delays), 0.5, "s")
    report("threshold seen to told, longest", max(delays), 0.5, "s")


def one() -> float:
    cost = 1.0
    with Rig(cost=lambda: cost) as rig, folder() as place:
        with daemon(environ(rig, place / "state", {"account": "0.5s"}), place / "log"):
            if not wait_for(lambda: len(rig.answered) >= 4, 20):
                raise SystemExit(f"no polls came: {(place / 'log').read_text()[-2000:]}")
            time.sleep(1)
            cost = 75.0
            if not wait_for(lambda: bool(rig.told), 20):
                raise SystemExit(f"no message came: {(place / 'log').read_text()[-2000:]}")
        shown = next(answer.at for answer in rig.answered if answer.cost > 70)
        return rig.told[0].at - shown


if __name__ == "__main__":
    main()
