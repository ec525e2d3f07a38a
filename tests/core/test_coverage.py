"""What a sum tells of: of all of its window, or of what was seen of it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.core.plan import Plan, Watched
from monitor.core.spending.coverage import is_too_early, known_from
from monitor.core.spending.readings import Observation, Reading
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.telling.digest_figures import growth_until_end, purses
from monitor.core.windows import FOREVER, Period, Window
from tests.core.story import usd

NOW = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
NOVEMBER = Period.MONTH.window(NOW, UTC)
HOUR = timedelta(hours=1)


def day(number: int) -> Window:
    return Period.DAY.window(datetime(2026, 11, number, 12, tzinfo=UTC), UTC)


def spend(*readings: Reading, now: datetime = NOW) -> Spend:
    return Spend("USD").record(Observation(readings, now, timedelta()), now)


def test_a_window_that_is_known_from_its_beginning_says_nothing_of_that() -> None:
    days = spend(Reading(day(1), usd(3)), Reading(day(2), usd(4)))
    in_berlin = Period.MONTH.window(NOW, ZoneInfo("Europe/Berlin"))

    assert known_from(spend(Reading(NOVEMBER, usd(12))), NOVEMBER, NOW) is None
    assert known_from(days, NOVEMBER, NOW) is None
    assert known_from(days, in_berlin, NOW) is None, "the provider's month begins an hour later"
    assert known_from(days, day(9), NOW) is None, "nothing is known of it at all"


def test_what_only_the_watch_tells_is_known_from_when_that_began() -> None:
    begun = NOW - 2 * HOUR
    watched = spend(Reading(FOREVER, usd(50)), now=begun)
    watched = watched.record(Observation((Reading(FOREVER, usd(57)),), NOW, timedelta()), NOW)

    assert watched.spent(NOVEMBER, NOW) == usd(7)
    assert known_from(watched, NOVEMBER, NOW) == known_from(watched, day(10), NOW) == begun
    assert known_from(watched, Period.HOUR.window(NOW, UTC), NOW) is None


def test_days_that_begin_late_say_so() -> None:
    late = spend(Reading(day(7), usd(3)), Reading(day(8), usd(3)))

    assert known_from(late, NOVEMBER, NOW) == day(7).start


def test_where_a_window_leads_can_be_said_once_a_day_of_it_is_known() -> None:
    for hours, early in ((2, True), (23, True), (24, False)):
        begun = NOW - hours * HOUR
        watched = spend(Reading(FOREVER, usd(50)), now=begun)
        watched = watched.record(Observation((Reading(FOREVER, usd(57)),), NOW, timedelta()), NOW)
        plan = Plan({"deepseek": Watched("deepseek", "deepseek")})
        (group,) = purses(plan)
        growth = growth_until_end(group, {"deepseek": SourceState(watched)}, NOVEMBER, NOW)

        assert is_too_early(watched, NOVEMBER, NOW) is early
        assert (growth is None) is early

    assert not is_too_early(spend(Reading(NOVEMBER, usd(12))), NOVEMBER, NOW), "the provider told all of it"
