"""An Apprise plugin made from an address: without the other 180, and with our manners.

`apprise` is imported inside the functions: it costs 100 to 240 ms and up to 36 MB, and belongs in a thread.
"""

import difflib
import importlib
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from monitor.daemon.senders.certificates import warm
from monitor.daemon.senders.failures import SendFailed, listen

# Apprise's first look into its registry loads every plugin there is. These are found without it.
KNOWN = {
    ("discord",): ("discord", "NotifyDiscord"),
    ("slack",): ("slack", "NotifySlack"),
    ("tgram",): ("telegram", "NotifyTelegram"),
    ("mailto", "mailtos"): ("email", "NotifyEmail"),
    ("json", "jsons"): ("custom_json", "NotifyJSON"),
    ("xml", "xmls"): ("custom_xml", "NotifyXML"),
    ("form", "forms"): ("custom_form", "NotifyForm"),
    ("ntfy", "ntfys"): ("ntfy", "NotifyNtfy"),
    ("gotify", "gotifys"): ("gotify", "NotifyGotify"),
    ("mmost", "mmosts"): ("mattermost", "NotifyMattermost"),
    ("rocket", "rockets"): ("rocketchat", "NotifyRocketChat"),
    ("pover",): ("pushover", "NotifyPushover"),
    ("gchat",): ("google_chat", "NotifyGoogleChat"),
    ("workflow", "workflows"): ("workflows", "NotifyWorkflows"),
    ("pagerduty",): ("pagerduty", "NotifyPagerDuty"),
    ("opsgenie",): ("opsgenie", "NotifyOpsgenie"),
}
NATIVE = {"discord.com": "discord", "discordapp.com": "discord", "hooks.slack.com": "slack"}
COLOURS = {"info": "#3498DB", "success": "#2ECC71", "warning": "#FFBF00", "failure": "#E01E37"}
EMBED_TITLE = 256
# We cut to one message. These two do not count the escapes, or have room for them; Apprise would split at them.
UNCOUNTED = {"NotifyDiscord", "NotifyTelegram"}


@dataclass(frozen=True)
class Service:
    """An address that Apprise took, ready to be used from any thread."""

    plugin: Any
    apprise: Any

    @property
    def title_room(self) -> int:
        """Characters a title may have; 0 where it becomes part of the body."""
        return int(self.plugin.title_maxlen)

    @property
    def body_room(self) -> int:
        """Characters a body may have, title included."""
        return int(self.plugin.body_maxlen)

    @property
    def recipients(self) -> int:
        """How many are told one after the other, any of whom may be refused."""
        return max(len(self.plugin), 1)

    def post(self, title: str, body: str, tone: str, picture: bytes | None = None) -> bool:
        """Send plain text, blocking, in this thread. The result object is true only for a whole success."""
        attached = {} if picture is None else {"attach": _attachment(picture)}
        return bool(self.apprise.notify(body=body, title=title, notify_type=tone, body_format="text", **attached))


def build(url: str, deadline: timedelta) -> Service:
    """Return the service at this address. Blocks while Apprise is imported.

    Raises:
        SendFailed: Apprise does not take the address; the reason quotes nothing of it.
    """
    # Its e-mail plugin asks for this module on Python before 3.13.
    warnings.filterwarnings("ignore", "'imghdr' is deprecated", DeprecationWarning)
    listen()
    scheme, mark, _ = url.strip().partition("://")
    if not mark or not re.fullmatch(r"[A-Za-z0-9.+-]+", scheme):
        raise SendFailed("not an Apprise URL: it must begin with the name of a service and ://")
    kind, parsed = _parse(scheme.lower(), url.strip().replace("/#", "/%23"))
    if not parsed:
        raise SendFailed(_hint(kind, scheme.lower()))
    _fill_in(kind.__name__, parsed, deadline)
    try:
        plugin = kind(**parsed, asset=_asset())
    except Exception:  # Apprise's text quotes tokens, and plugins raise what they like.  # noqa: BLE001
        raise SendFailed(_hint(kind, scheme.lower())) from None
    if not plugin.enabled:
        raise SendFailed(f"{plugin.service_name} needs a library that is not installed here")
    # Its pauses between requests, up to the 10 s that are added to Discord's own limits: the pace is set elsewhere.
    plugin.throttle = lambda *_, **__: None
    # Retries are ours, and an "optional" failure would be called a success.
    plugin.retry, plugin.optional = 0, False
    if kind.__name__ == "NotifyDiscord":
        _tidy_discord(plugin)
    if getattr(plugin, "secure", True):
        warm()
    apprise = importlib.import_module("apprise").Apprise(asset=plugin.asset)
    apprise.add(plugin)
    return Service(plugin, apprise)


def _attachment(picture: bytes) -> Any:
    memory = importlib.import_module("apprise.attachment.memory").AttachMemory
    return memory(content=picture, name="spend.png", mimetype="image/png")


def check_url(url: str) -> str | None:
    """Return None if Apprise takes this address, else what is wrong with it, quoting nothing of it."""
    try:
        build(url, timedelta(seconds=30))
    except SendFailed as failure:
        return failure.reason
    return None


def _parse(scheme: str, url: str) -> tuple[Any, dict[str, Any] | None]:
    """Return the class of the plugin, None when there is none, and what it reads out of the address."""
    host = url.partition("://")[2].partition("/")[0].lower()
    if scheme == "https" and host in NATIVE:
        kind = _known(NATIVE[host])
        return kind, kind.parse_native_url(url)
    if kind := _known(scheme):
        return kind, kind.parse_url(url)
    registry, plugins = _registry()
    if scheme in registry:
        kind = registry[scheme]
        return kind, kind.parse_url(url)
    parsed = plugins.url_to_dict(url)
    return (registry[parsed["schema"]] if parsed else None), parsed


def _known(scheme: str) -> Any:
    for schemes, (module, name) in KNOWN.items():
        if scheme in schemes:
            return getattr(importlib.import_module(f"apprise.plugins.{module}"), name)
    return None


def _registry() -> tuple[Any, Any]:
    plugins = importlib.import_module("apprise.plugins")
    return plugins.N_MGR, plugins


def _fill_in(kind: str, parsed: dict[str, Any], deadline: timedelta) -> None:
    """Add what the address leaves open. Apprise's own 4 s would call a slow success a failure, and send it twice."""
    seconds = deadline.total_seconds()
    defaults: dict[str, Any] = {"rto": seconds, "cto": seconds / 2}
    defaults["overflow"] = "upstream" if kind in UNCOUNTED else "split"
    if kind == "NotifyDiscord":
        defaults |= {"format": "markdown", "fields": False}  # An embed, with a colour; headings are not ours.
    if kind == "NotifyEmail":
        defaults |= {"format": "text"}
    if kind == "NotifyPagerDuty":
        defaults |= {"source": "spend-monitor"}
    chosen = parsed.get("qsd") or {}
    parsed.update({name: value for name, value in defaults.items() if name not in chosen})


@cache
def _asset() -> Any:
    apprise = importlib.import_module("apprise")
    return apprise.AppriseAsset(
        app_id="spend-monitor",
        app_desc="AI API spend monitor",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        http_redirects=False,
        html_notify_map={apprise.NotifyType(tone): colour for tone, colour in COLOURS.items()},
        storage_mode="memory",
        # Either would send in the one pool that all channels share, where six slow peers stop everybody.
        async_mode=False,
        service_timeout=0,
    )


def _tidy_discord(plugin: Any) -> None:
    """Mend the payload: its key for who may be pinged is misspelt, so Discord would ping whoever the text names."""
    post: Callable[..., bool] = plugin._send

    def send(payload: dict[str, Any], **options: Any) -> bool:
        asked = payload.get("allow_mentions", {"parse": []})
        kinds = {"everyone" if kind in {"everyone", "here"} else kind for kind in asked["parse"]}
        tidy = {key: value for key, value in payload.items() if key not in {"allow_mentions", "wait"}}
        tidy.setdefault("allowed_mentions", {**asked, "parse": sorted(kinds & {"everyone"})})
        for embed in tidy.get("embeds", []):
            if embed.get("author", {}).get("url") == "":
                del embed["author"]
            escaped = re.sub(r"([\\*_~`|])", r"\\\1", embed.get("title", ""))
            if len(escaped) <= EMBED_TITLE:
                embed["title"] = escaped
        return post(tidy, **options)

    plugin._send = send


def _hint(kind: Any, scheme: str) -> str:
    if kind is not None:
        form = str(kind.templates[0]).replace("{schema}", _schemes(kind)[0])
        return f"{kind.service_name} does not take it: the form is {form}"
    if scheme in {"http", "https"}:
        return "no service is known at this address; for a plain webhook write json:// or jsons://"
    near = difflib.get_close_matches(scheme, list(_registry()[0].schemas()), n=1)
    return "no service has this name before ://" + (f"; did you mean {near[0]}://?" if near else "")


def _schemes(kind: Any) -> list[str]:
    found = kind.secure_protocol or kind.protocol
    return [found] if isinstance(found, str) else list(found)
