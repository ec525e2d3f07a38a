"""The settings as pydantic-settings reads them: nested sections of text that its validators turn into values."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from monitor.core.budgets import Severity
from monitor.core.parsing.durations import parse_duration, parse_hold, parse_wait
from monitor.core.parsing.fields import parse_boolean, parse_timezone
from monitor.core.parsing.problems import Problems
from monitor.core.telling.digest_schedule import DigestSchedule
from monitor.daemon.settings import fields, web
from monitor.daemon.settings.names import PREFIX
from monitor.daemon.settings.values import LISTEN, LogFormat, Secret
from monitor.daemon.settings.variables import Variables

Duration = Annotated[timedelta, PlainValidator(parse_duration)]
Wait = Annotated[timedelta, PlainValidator(parse_wait)]
Zone = Annotated[ZoneInfo, PlainValidator(parse_timezone)]
Key = Annotated[Secret, PlainValidator(fields.parse_key)]

_NAMED_SECTIONS = {"sources", "channels"}


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class SourceSection(Section):
    kind: str | None = None
    api_key: Key | None = None
    base_url: Annotated[str, PlainValidator(fields.parse_base_url)] | None = None
    poll_interval: Wait | None = None
    timeout: Wait = timedelta(seconds=30)
    currency: Annotated[str, PlainValidator(fields.parse_currency)] | None = None
    counted_by: str | None = None
    scale: Annotated[Decimal, PlainValidator(fields.parse_scale)] = Decimal(1)
    timezone: Zone | None = None
    method: Annotated[str, PlainValidator(fields.parse_method)] | None = None
    headers: dict[str, Annotated[Secret, PlainValidator(fields.parse_header)]] = {}
    body: str | None = None
    figure: Annotated[str, PlainValidator(fields.parse_figure)] | None = None
    fields: dict[str, str] = {}  # The last one: it hides the module of that name.


class ChannelSection(Section):
    url: Annotated[Secret, PlainValidator(fields.parse_channel_url)] | None = None
    min_severity: Annotated[Severity, PlainValidator(fields.parse_severity)] = Severity.WARNING
    resolved: Annotated[bool, PlainValidator(parse_boolean)] = True
    rules: Annotated[frozenset[str], PlainValidator(fields.parse_rules)] | None = None
    fallback: str | None = None
    digest: Annotated[bool, PlainValidator(parse_boolean)] = True
    pictures: Annotated[bool, PlainValidator(parse_boolean)] | None = None


class Model(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        hide_input_in_errors=True,
        validate_default=False,
    )

    sources: dict[str, SourceSection] = {}
    poll_interval: Wait | None = None
    notify: str = ""
    channels: dict[str, ChannelSection] = {}
    pictures: Annotated[bool, PlainValidator(parse_boolean)] = False
    remind_every: Duration = timedelta(hours=4)
    group_wait: Annotated[timedelta, PlainValidator(parse_hold)] = timedelta(seconds=5)
    settling: Duration = timedelta(hours=72)
    timezone: Zone = ZoneInfo("UTC")
    state_dir: str | None = None
    listen: Annotated[str, PlainValidator(web.parse_listen)] = LISTEN
    web_token: Key | None = None
    web_certificate: Annotated[Path, PlainValidator(web.parse_readable_file)] | None = None
    web_certificate_key: Annotated[Path, PlainValidator(web.parse_readable_file)] | None = None
    web_proxies: Annotated[tuple[str, ...], PlainValidator(web.parse_proxies)] = ()
    public_url: Annotated[str, PlainValidator(web.parse_public_url)] | None = None
    log_format: Annotated[LogFormat, PlainValidator(fields.parse_log_format)] | None = None
    log_level: Annotated[str, PlainValidator(fields.parse_log_level)] = "INFO"
    ledger: str | None = None
    ledger_keep: Duration = timedelta(days=90)
    prices: str | None = None
    prompt_hash_key: Key | None = None
    digest: Annotated[DigestSchedule, PlainValidator(DigestSchedule.parse)] | None = None
    quiet_hours: str = ""
    maintenance: str = ""
    quiet_below: Annotated[Severity, PlainValidator(fields.parse_severity)] = Severity.CRITICAL
    heartbeat_url: Annotated[Secret, PlainValidator(fields.parse_heartbeat_url)] | None = None
    alertmanager: Annotated[Secret, PlainValidator(web.parse_alertmanager)] | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Leave the process's own environment out: what counts was gathered before, secret files included."""
        return (init_settings,)


class _GatheredSource(EnvSettingsSource):
    """The variables of a mapping instead of the process's, and all of it as text: nothing here is written as JSON."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = {name.lower(): text for name, text in values.items()}
        super().__init__(Model)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._values

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:  # noqa: ARG002
        return value


def read_model(variables: Variables, problems: Problems) -> Model:
    """Return the settings with a default in the place of each value that is wrong and was noted as a problem."""
    values = {name: text for name, text in variables.values.items() if name.startswith(PREFIX)}
    named = [name.removeprefix(PREFIX).lower().split("__") for name in values]
    while True:
        sections = _GatheredSource(values)()
        for section, name in [parts[:2] for parts in named if parts[0] in _NAMED_SECTIONS]:
            # It is there even when all that was said of it is wrong.
            sections.setdefault(section, {}).setdefault(name, {})
        try:
            return Model(**sections)
        except ValidationError as error:
            for wrong in error.errors(include_url=False, include_input=False):
                name = PREFIX + "__".join(str(part) for part in wrong["loc"]).upper()
                cause = wrong.get("ctx", {}).get("error")
                problems.add(name, str(cause) if cause else f"is wrong: {wrong['msg']}", shown=variables.origin(name))
                if values.pop(name, None) is None:
                    raise
