"""What a refusal means: for a while or for good, and how long the service wants to be left alone.

A status alone is no verdict: proxies and captive portals answer 403 and 404 too. Only a service's own words are.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from monitor.core.parsing.http_dates import http_date

MAX_RETRY_AFTER = timedelta(minutes=15)
_LONGEST_JSON = 4096

FIELDS = ("code", "error", "errcode", "errorCode")
# https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks (webhooks answer in plain text)
# https://docs.slack.dev/reference/methods/chat.postMessage (bots answer 200 and these in "error")
SLACK = {
    "action_prohibited",
    "channel_is_archived",
    "channel_not_found",
    "invalid_token",
    "no_active_hooks",
    "no_service",
    "no_service_id",
    "no_team",
    "posting_to_general_channel_denied",
    "team_disabled",
    "user_not_found",
    "account_inactive",
    "invalid_auth",
    "is_archived",
    "missing_scope",
    "not_authed",
    "not_in_channel",
    "restricted_action",
    "token_expired",
    "token_revoked",
}
# Unknown channel, unknown webhook, invalid webhook token:
# https://docs.discord.com/developers/topics/opcodes-and-status-codes
DISCORD = {10003, 10015, 50027}
# https://core.telegram.org/bots/api#making-requests lists no texts; these are what its server is known to say.
# "bot can't send messages to the user" is not among them: it comes and goes by itself.
TELEGRAM = re.compile(
    r"chat not found|bot was blocked|bot was kicked|user is deactivated|group chat was upgraded|bot is not a member"
    r"|chat was deleted|bot can't initiate conversation|not enough rights to send|^Unauthorized$|^Not Found$",
    re.IGNORECASE,
)
# https://spec.matrix.org/latest/client-server-api/#standard-error-response
MATRIX = {"M_FORBIDDEN", "M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED"}
# Unauthorized, forbidden: https://docs.ntfy.sh/publish/#authentication and https://gotify.net/api-docs
NTFY = {40101, 40301}
GOTIFY = {401, 403}
FINAL = {
    *(("code", code) for code in DISCORD | NTFY),
    *(("error", word) for word in SLACK),
    *(("errcode", word) for word in MATRIX),
    *(("errorCode", code) for code in GOTIFY),
}
# Who may send and to whom; 552 (mailbox full) and 554 (policy) come and go, whatever their first digit says.
# https://www.rfc-editor.org/rfc/rfc5321#section-4.2.3 and https://www.rfc-editor.org/rfc/rfc4954#section-6
SMTP = {530, 534, 535, 550, 551, 553}


def is_permanent(status: int, content: bytes) -> bool:
    """Tell whether an HTTP answer says that sending there fails until a person acts."""
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return False
    said = _parsed(content)
    if not isinstance(said, dict):
        return status == HTTPStatus.GONE or content.decode("utf-8", "replace").strip() in SLACK
    if said.get("ok") is False and "error_code" in said:
        return TELEGRAM.search(str(said.get("description"))) is not None
    # Pushover marks the part of the address that it does not know: https://pushover.net/api#friendly
    unknown = said.get("status") == 0 and "invalid" in (said.get("token"), said.get("user"))
    # https://developer.pagerduty.com/docs/send-alert-event
    unknown |= "Invalid routing key" in _listed(said.get("errors"))
    return status == HTTPStatus.GONE or unknown or any(_final(field, said.get(field)) for field in FIELDS)


def retry_after(status: int | None, headers: Mapping[str, str], content: bytes) -> timedelta | None:
    """Return the longest wait that an answer asks for, capped: an alarm must not wait for a day.

    Discord, Telegram and Matrix say it in the body, to the millisecond, and not always in the header.
    """
    wishes = [_seconds(headers.get("retry-after", ""))]
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        said = _parsed(content)
        if isinstance(said, dict):
            parameters = said.get("parameters")
            wishes += [_number(said.get("retry_after")), _number(said.get("retry_after_ms"), 1000)]
            wishes += [_number(parameters.get("retry_after"))] if isinstance(parameters, dict) else []
    known = [wish for wish in wishes if wish is not None and wish >= 0]
    return timedelta(seconds=min(max(known), MAX_RETRY_AFTER.total_seconds())) if known else None


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content[:_LONGEST_JSON])
    except (ValueError, RecursionError):
        return None


def _final(field: str, found: object) -> bool:
    return isinstance(found, int | str) and (field, found) in FINAL


def _listed(found: object) -> list[str]:
    return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []


def _number(found: object, divisor: int = 1) -> float | None:
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    # A number as large as a body may hold is no longer a float.
    return min(found, MAX_RETRY_AFTER.total_seconds() * divisor) / divisor


def _seconds(header: str) -> float | None:
    if re.fullmatch(r"\d{1,9}(\.\d+)?", header.strip()):
        return float(header)
    until = http_date(header)
    return None if until is None else (until - datetime.now(UTC)).total_seconds()
