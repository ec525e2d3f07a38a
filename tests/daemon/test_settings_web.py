"""The settings of the web server: what is open to others needs a token, and what cannot work is said at once."""

from pathlib import Path

import pytest

from monitor.core.errors import SettingsError
from monitor.daemon.settings import Settings, load_settings


def load(**environ: str) -> Settings:
    return load_settings({"HOLYSHEEP_API_KEY": "cr_0123456789", **environ}, secrets_dir=Path("/nowhere"))


def problems(**environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(**environ)
    return tuple(caught.value.problems)


def test_a_socket_needs_no_token() -> None:
    assert load(MONITOR_LISTEN="unix:/run/monitor.sock").listen == "unix:/run/monitor.sock"


@pytest.mark.parametrize("listen", ["unix:", "unix:run/monitor.sock", "unix:/" + "x" * 120])
def test_a_socket_has_a_whole_path_of_a_length_that_the_kernel_takes(listen: str) -> None:
    (problem,) = problems(MONITOR_LISTEN=listen)
    assert problem.startswith("MONITOR_LISTEN is not an address")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://Monitor.Example", "https://monitor.example"),
        ("https://monitor.example:8443/", "https://monitor.example:8443"),
        ("http://10.0.0.1:9464", "http://10.0.0.1:9464"),
    ],
)
def test_the_public_address_is_that_of_a_host(text: str, expected: str) -> None:
    assert load(MONITOR_PUBLIC_URL=text).public_url == expected


@pytest.mark.parametrize(
    "text", ["monitor.example", "https://u:p@host", "https://host/path", "https://host?x", "ftp://x"]
)
def test_any_other_public_address_is_a_problem(text: str) -> None:
    (problem,) = problems(MONITOR_PUBLIC_URL=text)
    assert problem.startswith("MONITOR_PUBLIC_URL is")
    assert text not in problem


def test_proxies_are_addresses_networks_and_the_socket() -> None:
    assert load(MONITOR_WEB_PROXIES="10.0.0.1, 10.1.0.0/16 unix").web_proxies == ("10.0.0.1", "10.1.0.0/16", "unix")
    (problem,) = problems(MONITOR_WEB_PROXIES="10.0.0.1, everybody")
    assert problem.startswith("MONITOR_WEB_PROXIES holds what is no address")


def test_a_certificate_is_a_file_that_can_be_read(tmp_path: Path) -> None:
    here = tmp_path / "certificate.pem"
    here.touch()

    assert load(MONITOR_WEB_CERTIFICATE=str(here)).web_certificate == here
    assert problems(MONITOR_WEB_CERTIFICATE=str(tmp_path / "missing.pem")) == (
        "MONITOR_WEB_CERTIFICATE is a file that cannot be read: No such file or directory",
    )
    assert problems(MONITOR_WEB_CERTIFICATE_KEY=str(here)) == (
        "MONITOR_WEB_CERTIFICATE is not set, and MONITOR_WEB_CERTIFICATE_KEY is",
    )
