"""The environment becomes settings, or one message with all that is wrong."""

import os
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.budgets import Budget, Scope, Severity, Thresholds
from monitor.core.channels import Channel
from monitor.core.errors import SettingsError
from monitor.core.money import Money
from monitor.core.windows import Period
from monitor.daemon.settings import SETTINGS, Secret, Settings, SourceSettings, load_settings
from monitor.daemon.sources import SOURCES

NOWHERE = Path("/nonexistent")
ONE_KIND = {"holysheep": SOURCES["holysheep"]}
TWO_KINDS = {**ONE_KIND, "openai": SOURCES["holysheep"]}
KEY = "cr_0123456789abcdef"


def load(**environ: str) -> Settings:
    environ = {"HOLYSHEEP_API_KEY": KEY, "HOME": "/home/me", **environ}
    return load_settings(environ, kinds=ONE_KIND, secrets_dir=NOWHERE)


def problems(**environ: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(**environ)
    return caught.value.problems


def test_one_key_is_all_that_must_be_set() -> None:
    settings = load()

    assert settings == Settings(
        sources=(SourceSettings("holysheep", "holysheep", Secret(KEY), key_variable="HOLYSHEEP_API_KEY"),),
        state_dir=Path("/home/me/.local/state/spend-monitor"),
        ledger=Path("/home/me/.local/state/spend-monitor/ledger.sqlite3"),
    )
    assert settings.listen == "127.0.0.1:9464"
    assert settings.sources[0].poll_interval == timedelta(seconds=60)
    assert settings.settling == timedelta(hours=72)


def test_nothing_to_watch_is_a_problem() -> None:
    assert problems(HOLYSHEEP_API_KEY="") == [
        "HOLYSHEEP_API_KEY is not set, and nothing else is to watch: set HOLYSHEEP_API_KEY to the provider's key"
    ]


def test_every_problem_is_said_at_once() -> None:
    found = problems(
        MONITOR_MONTLY_BUDGET="100",
        MONITOR_SOURCE__acme__KIND="holysheep",
        MONITOR_SOURCES__acme__TIMEOUT="soon",
        MONITOR_POLL_INTERVAL="0.01",
        MONITOR_DAILY_BUDGET="$5",
        MONITOR_BUDGETS__search__PERIOD="fortnight",
        MONITOR_BUDGETS__chat__LIMIT="700 CNY",
        MONITOR_BUDGETS__team__LIMIT="5",
        MONITOR_BUDGETS__team__SOURCE="holyshep",
        MONITOR_THRESHOLDS__WARNING="0.93",
        MONITOR_NOTIFY="json://host, discord//id/token",
        MONITOR_CHANNELS__ops__MIN_SEVERITY="critcal",
        MONITOR_TIMEZONE="Europe/Berln",
        MONITOR_LISTEN="0.0.0.0:9464",
        MONITOR_HEARTBEAT_URL="ftp://host",
    )

    assert "\n".join(found) == (
        """\
MONITOR_MONTLY_BUDGET is not a setting; did you mean MONITOR_MONTHLY_BUDGET?
MONITOR_SOURCE__acme__KIND is not a setting; did you mean MONITOR_SOURCES__ACME__KIND?
MONITOR_SOURCES__acme__TIMEOUT is not a duration: write it as 90, 90s, 5m, 1h30m or 7d
MONITOR_POLL_INTERVAL is too short: the least is 0.1s
MONITOR_CHANNELS__ops__MIN_SEVERITY is none of warning, critical, emergency; did you mean critical?
MONITOR_TIMEZONE is not a time zone; did you mean Europe/Berlin?
MONITOR_HEARTBEAT_URL is not a web address: write it as https://host/...
MONITOR_SOURCES__ACME__KIND is not set, and acme is not a kind of source; this release can poll: holysheep
MONITOR_SOURCES__ACME__API_KEY is not set: the source acme needs a key
MONITOR_THRESHOLDS__WARNING makes the thresholds 0.93, 0.90 and 0.95: each must be above the one before
MONITOR_DAILY_BUDGET is not an amount of money: write it as 100, 99.50 or '700 CNY'
MONITOR_BUDGETS__search__PERIOD is none of hour, day, week, month, total
MONITOR_BUDGETS__SEARCH__LIMIT is not set: the budget search needs a limit
MONITOR_BUDGETS__chat__LIMIT is in CNY, and what it counts is in USD: it could never fire; set MONITOR_RATES__USD
MONITOR_BUDGETS__team__SOURCE is not a source; did you mean holysheep?
MONITOR_NOTIFY (number 2 of 2) is not an Apprise URL: write it as service://...
MONITOR_CHANNELS__OPS__URL is not set: the channel ops needs an Apprise URL
MONITOR_WEB_TOKEN is not set, and MONITOR_LISTEN is open to other machines: set a token"""
    )


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=8))
def test_no_value_is_ever_in_a_message(text: str) -> None:
    everywhere = {setting.name.replace("<name>", "n").replace("<field>", "f"): f"~{text}~" for setting in SETTINGS}

    assert f"~{text}~" not in "\n".join(problems(**everywhere))


# Sources.


def test_settings_of_a_source_join_its_well_known_key() -> None:
    settings = load(
        MONITOR_SOURCES__holysheep__BASE_URL="http://127.0.0.1:8080/v1",
        MONITOR_SOURCES__holysheep__CURRENCY="cny",
        MONITOR_SOURCES__holysheep__SCALE="0.01",
        MONITOR_SOURCES__holysheep__TIMEZONE="Asia/Shanghai",
        MONITOR_SOURCES__holysheep__FIELDS__spend="12",
        MONITOR_SOURCES__holysheep__FIELDS__limit="data.quota",
        MONITOR_POLL_INTERVAL="5m",
    )

    assert settings.sources == (
        SourceSettings(
            "holysheep",
            "holysheep",
            Secret(KEY),
            base_url="http://127.0.0.1:8080/v1",
            poll_interval=timedelta(minutes=5),
            currency="CNY",
            scale=Decimal("0.01"),
            fields={"spend": "12", "limit": "data.quota"},
            timezone=ZoneInfo("Asia/Shanghai"),
            key_variable="HOLYSHEEP_API_KEY",
        ),
    )


def test_names_in_any_case_are_one_and_come_out_in_lower_case() -> None:
    settings = load(
        monitor_sources__team_A__kind="HolySheep",
        Monitor_Sources__Team_a__Api_Key="cr_other",
        MONITOR_SOURCES__TEAM_A__POLL_INTERVAL="0.5s",
    )

    assert [source.name for source in settings.sources] == ["team_a", "holysheep"]
    assert settings.sources[0].poll_interval == timedelta(seconds=0.5)
    assert settings.sources[0].key_variable == "Monitor_Sources__Team_a__Api_Key"


def test_one_variable_in_two_spellings_and_with_two_values_is_a_problem() -> None:
    assert problems(MONITOR_TIMEZONE="UTC", monitor_timezone="Europe/Berlin") == [
        "monitor_timezone is set twice, as MONITOR_TIMEZONE too, to different values"
    ]


@pytest.mark.parametrize("name", ["a.b", "é", "_a", "a b"])
def test_a_name_with_other_characters_is_a_problem(name: str) -> None:
    (problem,) = problems(**{f"MONITOR_CHANNELS__{name}__URL": "json://host"})

    assert problem.startswith(f"MONITOR_CHANNELS__{name}__URL holds a name")


def test_keys_of_providers_that_cannot_be_polled_are_told_and_no_problem() -> None:
    settings = load(OPENAI_ADMIN_KEY="sk-a", DEEPSEEK_API_KEY="", XAI_MANAGEMENT_KEY_FILE="/nonexistent")

    assert settings.unsupported == ("OPENAI_ADMIN_KEY", "XAI_MANAGEMENT_KEY")
    assert [source.name for source in settings.sources] == ["holysheep"]


def test_a_kind_that_a_later_release_polls_takes_its_key() -> None:
    environ = {"OPENAI_ADMIN_KEY": "sk-a"}

    settings = load_settings(environ, kinds=TWO_KINDS, secrets_dir=NOWHERE)

    assert [(source.name, source.api_key) for source in settings.sources] == [("openai", Secret("sk-a"))]


def test_a_well_known_key_is_never_sent_to_another_provider() -> None:
    environ = {"HOLYSHEEP_API_KEY": KEY, "MONITOR_SOURCES__holysheep__KIND": "openai"}

    with pytest.raises(SettingsError) as caught:
        load_settings(environ, kinds=TWO_KINDS, secrets_dir=NOWHERE)

    assert caught.value.problems == ["MONITOR_SOURCES__HOLYSHEEP__API_KEY is not set: the source holysheep needs a key"]


def test_an_unknown_kind_is_told_the_known_ones() -> None:
    assert problems(MONITOR_SOURCES__holysheep__KIND="holyshep", MONITOR_SOURCES__holysheep__API_KEY="k") == [
        "MONITOR_SOURCES__holysheep__KIND is not a kind of source; this release can poll: holysheep; "
        "did you mean holysheep?"
    ]


def test_settings_of_the_well_known_source_without_its_key_name_that_key() -> None:
    assert problems(HOLYSHEEP_API_KEY="", MONITOR_SOURCES__holysheep__TIMEOUT="5s") == [
        "HOLYSHEEP_API_KEY is not set: the source holysheep needs a key"
    ]


@pytest.mark.parametrize(
    "url", ["host", "ftp://host", "http://", "https://host:0/", "https://[::1", "https://host:port/", "https://a b/"]
)
def test_a_base_url_that_is_no_web_address_is_a_problem(url: str) -> None:
    assert problems(MONITOR_SOURCES__holysheep__BASE_URL=url) == [
        "MONITOR_SOURCES__holysheep__BASE_URL is not a web address: write it as https://host/..."
    ]


def test_a_base_url_with_a_password_is_a_problem_that_does_not_repeat_it() -> None:
    assert problems(MONITOR_SOURCES__holysheep__BASE_URL="https://me:hunter2@host/") == [
        "MONITOR_SOURCES__holysheep__BASE_URL holds a user or password: a key belongs into API_KEY"
    ]


def test_quotes_that_an_env_file_kept_are_a_problem() -> None:
    assert problems(HOLYSHEEP_API_KEY=f'"{KEY}"') == [
        "HOLYSHEEP_API_KEY has quotes as a part of its value: remove them"
    ]


def test_a_key_with_a_space_in_it_is_a_problem_of_its_own_variable() -> None:
    assert problems(HOLYSHEEP_API_KEY="cr_ab cd") == [
        "HOLYSHEEP_API_KEY holds a space, a line break or another character that no key has"
    ]


# Budgets.


def test_budgets_are_the_unnamed_ones_then_the_named_ones() -> None:
    settings = load(
        MONITOR_MONTHLY_BUDGET="100",
        MONITOR_DAILY_BUDGET="5 USD",
        MONITOR_THRESHOLDS__WARNING="0.5",
        MONITOR_BUDGETS__Search__LIMIT="20",
        MONITOR_BUDGETS__Search__PERIOD="WEEK",
        MONITOR_BUDGETS__Search__SOURCE="HolySheep",
        MONITOR_BUDGETS__Search__MODEL="GPT-4",
        MONITOR_BUDGETS__Search__THRESHOLDS__CRITICAL="0.8",
    )

    shares = Thresholds(warning=Decimal("0.5"))
    own = Thresholds(Decimal("0.5"), Decimal("0.8"), Decimal("0.95"))
    assert settings.thresholds == shares
    assert settings.budgets == (
        Budget("monthly", Money(Decimal(100), "USD"), Period.MONTH, thresholds=shares),
        Budget("daily", Money(Decimal(5), "USD"), Period.DAY, thresholds=shares),
        Budget("search", Money(Decimal(20), "USD"), Period.WEEK, Scope("holysheep", "GPT-4"), own),
    )


def test_a_budget_of_nothing_is_a_problem() -> None:
    assert problems(MONITOR_MONTHLY_BUDGET="0.00") == [
        "MONITOR_MONTHLY_BUDGET is 0, and a budget needs a limit above that"
    ]


def test_a_second_monthly_budget_is_a_problem() -> None:
    assert problems(MONITOR_MONTHLY_BUDGET="1", MONITOR_BUDGETS__monthly__LIMIT="2") == [
        "MONITOR_BUDGETS__monthly__LIMIT is a second budget of that name beside MONITOR_MONTHLY_BUDGET: "
        "keep one of them"
    ]


def test_a_budget_in_a_currency_of_another_source_is_a_problem_only_where_that_source_is_not_counted() -> None:
    two = {
        "MONITOR_SOURCES__b__KIND": "holysheep",
        "MONITOR_SOURCES__b__API_KEY": "k",
        "MONITOR_SOURCES__b__CURRENCY": "CNY",
    }

    assert load(**two, MONITOR_MONTHLY_BUDGET="7 CNY").budgets[0].limit == Money(Decimal(7), "CNY")
    assert problems(**two, MONITOR_BUDGETS__x__LIMIT="7 CNY", MONITOR_BUDGETS__x__SOURCE="holysheep") == [
        "MONITOR_BUDGETS__x__LIMIT is in CNY, and what it counts is in USD: it could never fire; set MONITOR_RATES__USD"
    ]


@pytest.mark.parametrize("share", ["0", "1.01", "-0.5", "70%", "70", "NaN"])
def test_a_threshold_is_a_share_of_the_limit(share: str) -> None:
    assert problems(MONITOR_THRESHOLDS__WARNING=share) == [
        "MONITOR_THRESHOLDS__WARNING is not a share of the limit: write 0.7 for 70%"
    ]


def test_wrong_thresholds_of_a_budget_are_its_own_problem() -> None:
    assert problems(MONITOR_BUDGETS__x__LIMIT="1", MONITOR_BUDGETS__x__THRESHOLDS__EMERGENCY="0.9") == [
        "MONITOR_BUDGETS__x__THRESHOLDS__EMERGENCY makes the thresholds 0.70, 0.90 and 0.9: "
        "each must be above the one before"
    ]


# Channels.


def test_channels_are_named_by_their_service_and_commas_within_an_address_stay() -> None:
    settings = load(MONITOR_NOTIFY="json://a/x,y,\n discord://id/token,json://b,  slack://t jsons://c")

    assert [(entry.channel.name, entry.url.value) for entry in settings.channels] == [
        ("json", "json://a/x,y"),
        ("discord", "discord://id/token"),
        ("json-2", "json://b"),
        ("slack", "slack://t"),
        ("jsons", "jsons://c"),
    ]
    assert {entry.variable for entry in settings.channels} == {"MONITOR_NOTIFY"}


def test_a_named_channel_has_its_own_severity_and_wish_for_good_news() -> None:
    (entry,) = load(
        MONITOR_CHANNELS__Pager__URL="json://host",
        MONITOR_CHANNELS__Pager__MIN_SEVERITY="Emergency",
        MONITOR_CHANNELS__Pager__RESOLVED="no",
    ).channels

    assert entry.channel == Channel("pager", Severity.EMERGENCY, resolved=False)
    assert entry.variable == "MONITOR_CHANNELS__Pager__URL"


def test_two_channels_of_one_name_are_a_problem() -> None:
    assert problems(MONITOR_NOTIFY="json://a", MONITOR_CHANNELS__json__URL="json://b") == [
        "MONITOR_CHANNELS__json__URL is a second channel named json: MONITOR_NOTIFY has one"
    ]


def test_the_deep_look_at_addresses_joins_the_other_problems_and_is_not_taken_without_one() -> None:
    environ = {"HOLYSHEEP_API_KEY": KEY, "MONITOR_NOTIFY": "json://a slack://b", "HOME": "/"}
    asked: list[str] = []

    def judge(url: str) -> str | None:
        asked.append(url)
        return "needs a token" if url == "slack://b" else None

    load_settings(environ, secrets_dir=NOWHERE, judge_url=judge)
    assert asked == []
    with pytest.raises(SettingsError) as caught:
        load_settings({**environ, "MONITOR_TIMEZONE": "~"}, secrets_dir=NOWHERE, judge_url=judge)

    assert asked == ["json://a", "slack://b"]
    assert caught.value.problems[1:] == ["MONITOR_NOTIFY has an address that Apprise rejects: slack: needs a token"]


# The rest.


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "localhost:9464", "[::1]:80", "127.8.8.8:65535"])
def test_loopback_needs_no_token(listen: str) -> None:
    assert load(MONITOR_LISTEN=listen).listen == listen


@pytest.mark.parametrize("listen", ["0.0.0.0:80", "[::]:80", "example.org:80", "192.168.0.1:80"])
def test_any_other_address_needs_one(listen: str) -> None:
    token = "0123456789abcdef"

    assert load(MONITOR_LISTEN=listen, MONITOR_WEB_TOKEN=token).web_token == Secret(token)
    assert len(problems(MONITOR_LISTEN=listen)) == 1
    assert problems(MONITOR_LISTEN=listen, MONITOR_WEB_TOKEN="t0ken") == [
        "MONITOR_WEB_TOKEN is shorter than 16 characters, and MONITOR_LISTEN is open to other machines: "
        "`openssl rand -hex 32` makes a good one"
    ]


@pytest.mark.parametrize("listen", ["9464", ":9464", "host", "host:99999", "::1:80", "[1]:80", "http://host:80"])
def test_what_is_no_address_to_listen_on_is_a_problem(listen: str) -> None:
    assert problems(MONITOR_LISTEN=listen) == [
        "MONITOR_LISTEN is not an address to listen on: write it as host:port, or leave it empty for none"
    ]


def test_an_empty_address_turns_the_web_off_and_any_other_empty_value_is_unset() -> None:
    settings = load(MONITOR_LISTEN="", MONITOR_TIMEZONE="", MONITOR_MONTHLY_BUDGET=" ")

    assert settings.listen == ""
    assert settings.timezone == ZoneInfo("UTC")
    assert settings.budgets == ()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"MONITOR_STATE_DIR": "~/here", "STATE_DIRECTORY": "/a"}, "/home/me/here"),
        ({"STATE_DIRECTORY": "/a:/b", "XDG_STATE_HOME": "/x"}, "/a"),
        ({"XDG_STATE_HOME": "/x"}, "/x/spend-monitor"),
    ],
)
def test_the_state_folder_is_ours_then_systemds_then_the_users(environ: dict[str, str], expected: str) -> None:
    settings = load(**environ)

    assert settings.state_dir == Path(expected)
    assert settings.ledger == Path(expected) / "ledger.sqlite3"


def test_a_home_that_is_not_there_is_a_problem_of_the_path_in_it() -> None:
    assert problems(MONITOR_LEDGER="~nobody-of-this-name/ledger") == [
        "MONITOR_LEDGER is to be in the home folder, and this user has none: set it to another path"
    ]


def test_a_heartbeat_that_could_never_be_heard_is_a_problem() -> None:
    check = "https://checks.example/ping/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"

    assert problems(MONITOR_HEARTBEAT_URL=f"{check}/fail") == [
        "MONITOR_HEARTBEAT_URL ends in a signal of its own (/fail, /start, /log or an exit status): leave that out"
    ]
    assert problems(MONITOR_HEARTBEAT_URL="https://gatus.example/api/v1/endpoints/core_spend/external") == [
        "MONITOR_HEARTBEAT_URL is of Gatus and has no token: write it as https://:TOKEN@host/..."
    ]
    assert load(MONITOR_HEARTBEAT_URL=check).heartbeat_url == Secret(check)


def test_variables_that_systemd_and_kubernetes_set_are_no_problem() -> None:
    load(
        MONITOR_UNIT="x.service",
        MONITOR_EXIT_STATUS="1",
        MONITOR_SERVICE_HOST="10.0.0.1",
        MONITOR_PORT="tcp://10.0.0.1:9464",
        MONITOR_PORT_9464_TCP_ADDR="10.0.0.1",
        MONITOR_WEB_SERVICE_PORT_HTTP="80",
    )

    assert problems(MONITOR_PORT="9464")[0].startswith("MONITOR_PORT is not a setting")


def test_the_environment_of_the_process_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_TIMEZONE", "Europe/Berlin")

    assert load().timezone == ZoneInfo("UTC")


def test_every_setting_of_the_table_is_read() -> None:
    assert not [
        line for line in problems(**{s.name: "~" for s in SETTINGS if "<" not in s.name}) if "not a setting" in line
    ]
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)


# Secrets.


def test_secrets_show_only_to_who_asks() -> None:
    settings = load(
        MONITOR_NOTIFY="json://host/aaaa",
        MONITOR_WEB_TOKEN="bbbb",
        MONITOR_HEARTBEAT_URL="https://host/cccc",
    )

    assert settings.secrets() == (KEY, "json://host/aaaa", "bbbb", "https://host/cccc")
    assert not [secret for secret in settings.secrets() if secret in f"{settings!r} {settings}"]


def test_a_secret_is_taken_from_the_nearest_place(tmp_path: Path) -> None:
    named, credentials, secrets = tmp_path / "named", tmp_path / "credentials", tmp_path / "secrets"
    credentials.mkdir()
    secrets.mkdir()
    named.write_text("named\n")
    (credentials / "holysheep_api_key").write_text("credential\r\n")
    (secrets / "HOLYSHEEP_API_KEY").write_text("secret")
    (secrets / "unrelated").write_text("")
    (secrets / "..data").mkdir()
    environ = {
        "HOLYSHEEP_API_KEY": "environment",
        "HOLYSHEEP_API_KEY_FILE": str(named),
        "CREDENTIALS_DIRECTORY": str(credentials),
        "HOME": "/",
    }
    taken = []

    for place in [*environ][:3]:
        source = load_settings(environ, secrets_dir=secrets).sources[0]
        taken.append((source.api_key.value if source.api_key else None, source.key_variable))
        del environ[place]
    source = load_settings(environ, secrets_dir=secrets).sources[0]

    assert taken == [
        ("environment", "HOLYSHEEP_API_KEY"),
        ("named", "HOLYSHEEP_API_KEY_FILE"),
        ("credential", "HOLYSHEEP_API_KEY"),
    ]
    assert source.api_key == Secret("secret")


def test_nested_secrets_come_from_files_too(tmp_path: Path) -> None:
    (tmp_path / "monitor_channels__ops__url").write_text("json://host\n")
    (tmp_path / "MONITOR_WEB_TOKEN").write_text("token")

    settings = load_settings({"HOLYSHEEP_API_KEY": KEY}, secrets_dir=tmp_path)

    assert settings.secrets() == (KEY, "json://host", "token")


def test_a_secret_file_that_cannot_be_used_is_named_and_nothing_follows_from_it(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfesecret")
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "long").write_text("x" * 70_000)

    found = problems(
        HOLYSHEEP_API_KEY="",
        HOLYSHEEP_API_KEY_FILE=str(tmp_path / "missing"),
        MONITOR_WEB_TOKEN_FILE=str(tmp_path / "binary"),
        MONITOR_NOTIFY_FILE=str(tmp_path / "empty"),
        MONITOR_HEARTBEAT_URL_FILE=str(tmp_path / "long"),
        MONITOR_CHANNELS__ops__URL_FILE=str(tmp_path),
        MONITOR_BUDGETS__x__LIMIT="5",
        MONITOR_BUDGETS__x__SOURCE="holysheep",
    )

    assert found == [
        f"HOLYSHEEP_API_KEY_FILE cannot be read from {tmp_path}/missing: {os.strerror(2)}",
        f"MONITOR_WEB_TOKEN_FILE cannot be read from {tmp_path}/binary: it is not UTF-8 text",
        f"MONITOR_NOTIFY_FILE cannot be read from {tmp_path}/empty: it is empty",
        f"MONITOR_HEARTBEAT_URL_FILE cannot be read from {tmp_path}/long: it is too long",
        f"MONITOR_CHANNELS__ops__URL_FILE cannot be read from {tmp_path}: {os.strerror(21)}",
    ]


def test_a_secret_file_of_an_unknown_name_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "monitor_web_tokn").write_text("x")
    (tmp_path / "monitor_timezone").write_text("UTC")

    assert problems(CREDENTIALS_DIRECTORY=str(tmp_path)) == [
        f"{tmp_path}/monitor_timezone is not the name of a secret setting: set it in the environment",
        f"{tmp_path}/monitor_web_tokn is not the name of a secret setting; did you mean MONITOR_WEB_TOKEN?",
    ]


def test_a_credentials_folder_that_cannot_be_read_is_a_problem() -> None:
    assert problems(CREDENTIALS_DIRECTORY="/nonexistent/folder") == [
        f"CREDENTIALS_DIRECTORY is a folder that cannot be read: {os.strerror(2)}"
    ]


def test_rates_and_who_counts_the_money_are_read() -> None:
    settings = load(
        HOLYSHEEP_API_KEY="k",
        MONITOR_SOURCES__openai__API_KEY="k",
        MONITOR_SOURCES__openai__KIND="holysheep",
        MONITOR_SOURCES__openai__COUNTED_BY="HolySheep",
        MONITOR_RATES__CNY="0.139 USD",
        MONITOR_RATES_AS_OF="2026-11-01",
    )

    assert settings.rates.factor("CNY", "USD") == Decimal("0.139")
    assert settings.rates.as_of == date(2026, 11, 1)
    assert {source.name: source.counted_by for source in settings.sources} == {"holysheep": None, "openai": "holysheep"}


def test_rates_and_authorities_that_mean_nothing_are_problems() -> None:
    found = problems(
        HOLYSHEEP_API_KEY="k",
        MONITOR_SOURCES__holysheep__COUNTED_BY="holyshep",
        MONITOR_RATES__YUAN="0.139 USD",
        MONITOR_RATES__USD="1 USD",
        MONITOR_RATES__EUR="zero",
        MONITOR_RATES_AS_OF="yesterday",
    )

    named = {line.split()[0] for line in found}
    assert named == {
        "MONITOR_SOURCES__holysheep__COUNTED_BY",
        "MONITOR_RATES__YUAN",
        "MONITOR_RATES__USD",
        "MONITOR_RATES__EUR",
        "MONITOR_RATES_AS_OF",
    }
