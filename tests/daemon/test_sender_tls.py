"""Certificates are read once and still checked: a stranger is refused, and a bundle that changes is read anew."""

import os
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from monitor.core.channels import Message, Tone
from monitor.daemon.sender import Sender, SendFailed
from tests.daemon.receivers import HttpReceiver, http_receiver

MESSAGE = Message("[WARNING] holysheep: 75% of the monthly budget", "75 USD of 100 USD.", Tone.WARNING)
UNTRUSTED = "TLS: the certificate is not trusted"


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of what is trusted, which is the authority of the peer."""
    path = tmp_path / "trusted.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    return path


@pytest.fixture
def peer(authority: trustme.CA) -> Iterator[HttpReceiver]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with http_receiver(context) as receiver:
        yield receiver


def hook(peer: HttpReceiver, host: str = "localhost", query: str = "") -> Sender:
    url = f"jsons://{host}:{peer.port}/{query}"
    return Sender("ops", url, deadline=timedelta(seconds=10), redact=str)


def rewrite(bundle: Path, text: str) -> None:
    """Change the file and not its time."""
    changed = bundle.stat().st_mtime_ns
    bundle.write_text(text)
    os.utime(bundle, ns=(changed, changed))


async def refusal(sender: Sender) -> str:
    with pytest.raises(SendFailed) as caught:
        await sender.send(MESSAGE)
    return caught.value.reason


async def test_a_peer_with_a_trusted_certificate_hears_us(peer: HttpReceiver, bundle: Path) -> None:
    await hook(peer).send(MESSAGE)

    assert [body["title"] for body in peer.bodies()] == [MESSAGE.title]


async def test_a_peer_of_an_authority_that_is_not_trusted_hears_nothing(peer: HttpReceiver, bundle: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(bundle))

    assert await refusal(hook(peer)) == UNTRUSTED
    assert peer.requests == []


async def test_a_peer_of_another_name_hears_nothing(peer: HttpReceiver, bundle: Path) -> None:
    assert await refusal(hook(peer, "127.0.0.1")) == UNTRUSTED
    assert peer.requests == []


async def test_the_public_authorities_are_trusted_where_no_others_are_named(peer: HttpReceiver) -> None:
    assert await refusal(hook(peer)) == UNTRUSTED


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
async def test_an_address_may_ask_not_to_check(peer: HttpReceiver) -> None:
    await hook(peer, query="?verify=no").send(MESSAGE)

    assert len(peer.requests) == 1


async def test_the_certificates_are_not_read_again_for_each_message(peer: HttpReceiver, bundle: Path) -> None:
    sender = hook(peer)
    await sender.send(MESSAGE)
    rewrite(bundle, "nobody")

    await sender.send(MESSAGE)

    assert len(peer.requests) == 2


async def test_certificates_that_were_renewed_are_read_anew(
    peer: HttpReceiver, bundle: Path, authority: trustme.CA
) -> None:
    sender = hook(peer)
    await sender.send(MESSAGE)
    trustme.CA().cert_pem.write_to_path(str(bundle))
    assert await refusal(sender) == UNTRUSTED
    authority.cert_pem.write_to_path(str(bundle))

    await sender.send(MESSAGE)

    assert len(peer.requests) == 2


async def test_a_bundle_that_is_not_there_does_not_keep_a_channel_from_loading(
    peer: HttpReceiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nowhere"))
    sender = hook(peer)

    await sender.load()

    assert "TLS" not in await refusal(sender)
