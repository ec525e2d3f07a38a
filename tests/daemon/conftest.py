"""Discord, Slack and Telegram as Apprise speaks to them, on a loopback socket."""

from collections.abc import Iterator

import pytest

from tests.daemon.receivers import HttpReceiver, http_receiver

DISCORD = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/"
TELEGRAM = "tgram://123456789:ABCdefghijklmnop-1234567890abcdefgh/12315544/"


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpReceiver]:
    """Yield the far end of all three; their real hosts stand in the plugins and not in the addresses."""
    # Loaded here, as it takes long, and most tests need none of it.
    from apprise.plugins.discord import NotifyDiscord
    from apprise.plugins.slack import NotifySlack
    from apprise.plugins.telegram import NotifyTelegram

    with http_receiver() as receiver:
        receiver.content = b'{"ok": true, "result": {}}'
        monkeypatch.setattr(NotifyDiscord, "notify_url", f"http://{receiver.host}/api/webhooks")
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://{receiver.host}/services")
        monkeypatch.setattr(NotifySlack, "api_url", f"http://{receiver.host}/api/{{}}")
        monkeypatch.setattr(NotifyTelegram, "notify_url", f"http://{receiver.host}/bot")
        yield receiver
