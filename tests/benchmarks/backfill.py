"""The first read of 35 days of an organization with 40 models and 20 keys: its own CPU, its memory, its snapshot."""

import asyncio
import resource
import ssl
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.windows import Period
from monitor.daemon.connections import Connections
from monitor.daemon.snapshots import Snapshots
from monitor.daemon.sources import Account, open_source
from tests.benchmarks.organization import MODELS, serving
from tests.benchmarks.rig import folder, report

NOW = datetime(2026, 11, 4, 12, 30, tzinfo=UTC)


def main() -> None:
    with serving() as port, folder() as place:
        asyncio.run(read(port, place))


async def read(port: int, place: Path) -> None:
    account = Account(
        name="openai",
        kind="openai",
        api_key="sk-admin-benchmark",
        base_url=f"http://127.0.0.1:{port}/v1",
        poll_interval=timedelta(minutes=2),
        timeout=timedelta(seconds=60),
        currency="USD",
        scale=Decimal(1),
        fields={},
        timezone=UTC,
        key_variable="OPENAI_ADMIN_KEY",
    )
    source = open_source(account, connections=Connections(ssl.create_default_context()), redact=str, clock=lambda: NOW)
    state = SourceState(Spend("USD"))
    started = time.process_time()
    state = state.after(await source.fetch(NOW), NOW)
    first = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started = time.process_time()
    for minutes in (2, 4, 6, 8, 10):
        now = NOW + timedelta(minutes=minutes)
        state = state.after(await source.fetch(now), now)
    later = (time.process_time() - started) / 5
    started = time.process_time()
    month = state.spend.by("model", Period.MONTH.window(NOW, UTC), NOW)
    asked = time.process_time() - started
    await source.close()
    snapshots = Snapshots(place)
    snapshots.lock()
    started = time.process_time()
    await snapshots.save_source("openai", state)
    saved = time.process_time() - started
    size = (place / "sources" / "openai.json").stat().st_size / 2**20
    snapshots.close()
    print(
        f"{len(state.spend.readings):,} readings, {len(month)} of {len(MODELS)} models; the error: {state.health.error}"
    )
    print(
        f"each later poll {later:.2f} s of CPU, its sums by model {asked:.2f} s; a save of {size:.1f} MiB {saved:.2f} s"
    )
    report("first read, own CPU", first, 10, "s")
    report("peak memory after it", peak, 150, "MiB")


if __name__ == "__main__":
    main()
