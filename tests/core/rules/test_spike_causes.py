"""What is told of a night in which several things go wrong: each cause once, whatever else it is counted as."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from decimal import Decimal
from functools import cache

from monitor.core.alerting.alerts import Acknowledgement, Alert, Stage
from monitor.core.alerting.life import live
from monitor.core.budgets import Severity
from monitor.core.rules.spike import spike
from monitor.core.spending.marks import Mark
from monitor.core.spending.readings import WHOLE, Series
from monitor.core.spending.series import Part
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.spending.trail import Trail
from monitor.core.tuning import Spike
from tests.core.rules.accounts import HOUR, NOW, WATCHED, WEEK

MINUTE = timedelta(minutes=1)
GPT, O3, MINI = Series(model="gpt-4.1"), Series(model="o3"), Series(model="gpt-4.1-mini")
SEARCH, CHAT = Series(project="search"), Series(project="chat")
CI, WEB = Series(key="ci"), Series(key="web")


@dataclass(frozen=True)
class Loop:
    """Spends `rate` dollars an hour between two minutes of the night, counted as each of `series`."""

    rate: float
    series: tuple[Series, ...]
    start: int
    end: int = 10**6

    def until(self, minutes: int) -> Decimal:
        """Return what it has spent by then."""
        lasted = max(min(minutes, self.end) - self.start, 0)
        return Decimal(str(self.rate)) * lasted / 60


def night(loops: Sequence[Loop], usually: Mapping[Series, float], minutes: int) -> SourceState:
    """Return the account after so many minutes; each part has spent `usually` so much an hour for five weeks."""
    rates = {WHOLE: max(sum(usually.values()), 0.0), **usually}
    trails = {series: trail(loops, series, rate, minutes) for series, rate in rates.items()}
    parts = tuple(Part(series, NOW - 5 * WEEK, of) for series, of in trails.items() if series != WHOLE)
    return SourceState(Spend("USD", trail=trails[WHOLE], parts=parts, since=NOW - 5 * WEEK, as_of=NOW))


def trail(loops: Sequence[Loop], series: Series, rate: float, minutes: int) -> Trail:
    hours = before(rate)
    level = hours[-1][1]
    own = [loop for loop in loops if series == WHOLE or series in loop.series]
    steps = [
        (NOW + MINUTE * n, level + Decimal(str(rate)) * n / 60 + sum((loop.until(n) for loop in own), Decimal(0)))
        for n in range(1, minutes + 1)
    ]
    return Trail.of((*hours, *steps))


@cache
def before(rate: float) -> tuple[Mark, ...]:
    return tuple((NOW - HOUR * n, Decimal(str(rate)) * (5 * 168 - n)) for n in range(5 * 168, -1, -1))


@dataclass
class Told:
    """What is told in the course of a night, and the alert at its end."""

    said: list[tuple[int, str]]
    alert: Alert | None


def told(
    loops: Sequence[Loop], usually: Mapping[Series, float], minutes: Iterable[int], alert: Alert | None = None
) -> Told:
    said = []
    for minute in minutes:
        now = NOW + MINUTE * minute
        known = {alert.key: alert} if alert else {}
        found = spike(WATCHED, night(loops, usually, minute), Spike(), known, UTC, now)
        was, alert = alert, live(alert, found, now) if found else None
        if alert is None or not alert.firing:
            continue
        first = was is None or not was.firing
        if first or alert.severity > was.severity or alert.risen_at == now:  # type: ignore[union-attr]
            said.append((minute, f"[{alert.severity.name}] {alert.summary}"))
    return Told(said, alert)


QUIET = {GPT: 0.2, O3: 0.2, MINI: 0.2, SEARCH: 0.3, CHAT: 0.3, CI: 0.3, WEB: 0.3}
FIRST = Loop(40, (GPT, SEARCH, CI), 0)


def test_the_same_loop_as_model_project_and_key_is_told_once() -> None:
    heard = told([FIRST], QUIET, range(1, 120, 2))

    assert [text.partition("]")[0] for _, text in heard.said] == ["[WARNING", "[CRITICAL"]
    assert heard.alert is not None
    assert [line for line in heard.alert.advice if line.startswith("Cause")] == [
        "Cause: ci with $40.30 (usually $0.30), since Wed 25 Nov 02:59 UTC; 100% of the rise. "
        "Also counted as search and gpt-4.1."
    ]


def test_a_second_loop_of_another_model_is_told_once_by_name() -> None:
    heard = told([FIRST, Loop(30, (O3, CHAT, WEB), 60)], QUIET, range(2, 180, 2))

    assert [text for _, text in heard.said[2:]] == [
        "[CRITICAL] openai: $52.80 in the last hour, 29x what is usual; web as well"
    ]
    assert heard.alert is not None
    assert heard.alert.advice[1].startswith("Cause: web with $30.30 (usually $0.30), since Wed 25 Nov 03:5")
    assert heard.alert.advice[1].endswith(" Also counted as chat and o3.")
    assert heard.alert.advice[2].startswith("Cause: ci with $40.30 (usually $0.30), since Wed 25 Nov 02:5")


def test_a_second_loop_of_the_same_model_with_another_key_is_told() -> None:
    heard = told([FIRST, Loop(30, (GPT, CHAT, WEB), 60)], QUIET, range(2, 120, 2))

    [(_, text)] = heard.said[2:]
    assert text.endswith("; web as well")


def test_a_part_that_becomes_a_spike_later_by_its_size_alone_is_the_same_loop() -> None:
    busy = {**QUIET, GPT: 4.0}
    heard = told([Loop(15, (GPT, CI), 0)], busy, range(2, 120, 2))

    assert [text for _, text in heard.said if "as well" in text] == []


def test_many_models_of_one_surge_are_one_matter() -> None:
    models = {Series(model=f"model-{number}"): 0.3 * number for number in range(1, 8)}
    surge = [Loop(rate * 12, (model,), 0) for model, rate in models.items()]
    heard = told(surge, models, range(2, 120, 2))

    assert [text for _, text in heard.said if "as well" in text] == []


def test_a_loop_that_began_with_another_and_dwarfs_it_is_told() -> None:
    heard = told([Loop(25, (O3,), 0), Loop(300, (GPT,), 30, 33), Loop(500, (GPT,), 34)], QUIET, range(2, 60, 2))

    assert [text.rpartition("; ")[2] for _, text in heard.said if "as well" in text] == ["gpt-4.1 as well"]


def test_a_small_cause_beside_a_large_one_is_told_when_it_is_left_alone() -> None:
    small, large = Loop(12, (O3,), 0), Loop(400, (GPT,), 0, 60)
    heard = told([large, replace(small, start=40)], QUIET, range(2, 240, 2))

    [(minute, text)] = heard.said[1:]
    assert text.endswith("; o3 as well")
    assert minute > 100


def test_a_cause_that_goes_on_beside_a_larger_one_is_not_told_again_when_that_is_over() -> None:
    heard = told([Loop(12, (O3,), 0), Loop(900, (GPT,), 60, 180)], QUIET, range(2, 300, 6))

    assert [text.rpartition("; ")[2] for _, text in heard.said if "as well" in text] == ["gpt-4.1 as well"]


def test_in_a_calm_account_a_part_that_takes_over_from_another_is_told() -> None:
    large = {**QUIET, Series(model="gpt-4o"): 200.0}
    heard = told([Loop(8, (O3,), 0, 60), Loop(8, (MINI,), 70)], large, range(2, 130, 4))

    assert [text.partition(":")[0] for _, text in heard.said] == ["[WARNING] openai o3", "[WARNING] openai o3"]
    assert heard.said[1][1].endswith("; gpt-4.1-mini as well")
    assert heard.alert is not None
    assert heard.alert.summary.startswith("openai gpt-4.1-mini: ")


def test_one_look_alone_is_no_news() -> None:
    once = Loop(600, (O3,), 90, 91)
    state = told([FIRST], QUIET, range(2, 91, 2)).alert
    seen = told([FIRST, once], QUIET, [92], state)
    gone = told([FIRST], QUIET, [94], seen.alert)

    assert (seen.said, gone.said) == ([], [])


def test_a_cause_that_ends_and_comes_again_after_an_hour_is_news_again() -> None:
    heard = told([FIRST, Loop(30, (O3,), 60, 80), Loop(30, (O3,), 300, 340)], QUIET, range(2, 340, 6))

    assert len([text for _, text in heard.said if text.endswith("o3 as well")]) == 2


def test_an_acknowledgement_is_of_the_causes_that_were_known() -> None:
    alert = told([FIRST], QUIET, range(2, 60, 2)).alert
    assert alert is not None
    known = replace(alert, stage=Stage.ACKNOWLEDGED, acknowledged=Acknowledgement("ann", NOW, Severity.CRITICAL))
    later = told([FIRST, Loop(60, (O3,), 60)], QUIET, range(60, 90, 2), known).alert

    assert told([FIRST], QUIET, range(60, 90, 2), known).alert.stage is Stage.ACKNOWLEDGED  # type: ignore[union-attr]
    assert later is not None
    assert later.stage is Stage.FIRING


def test_an_alert_of_a_release_that_knew_no_causes_is_not_told_again() -> None:
    alert = told([FIRST], QUIET, range(2, 60, 2)).alert
    assert alert is not None

    assert told([FIRST], QUIET, range(60, 90, 2), replace(alert, culprits=())).said == []


def test_after_hours_without_the_daemon_what_was_told_is_not_told_again() -> None:
    alert = told([FIRST], QUIET, range(2, 60, 2)).alert

    assert told([FIRST], QUIET, range(300, 320, 2), alert).said == []


def test_a_clock_that_is_set_back_is_no_news() -> None:
    alert = told([FIRST], QUIET, range(2, 90, 2)).alert

    assert told([FIRST], QUIET, range(60, 90, 2), alert).said == []


def test_an_account_of_which_no_part_is_told_says_when_it_began() -> None:
    alert = told([Loop(40, (), 0)], {}, range(2, 60, 2)).alert

    assert alert is not None
    assert alert.advice[1] == "It began Wed 25 Nov 02:58 UTC."
