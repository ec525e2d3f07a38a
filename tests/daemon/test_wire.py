"""What goes over the wire is what was meant, once each."""

import httpcore
import httpx
import pytest

from monitor.daemon.wire import headers_of, request_of


def request(
    address: str, headers: dict[str, str] | None = None, content: dict[str, object] | None = None
) -> httpcore.Request:
    return request_of("POST" if content else "GET", address, None, headers or {}, content, 30)


@pytest.mark.parametrize(
    ("address", "host", "target"),
    [
        ("https://api.example.com/v1/usage?a=b c", b"api.example.com", b"/v1/usage?a=b%20c"),
        ("http://127.0.0.1:8080", b"127.0.0.1:8080", b"/"),
        ("https://[::1]:8443/x", b"[::1]:8443", b"/x"),
        ("https://bücher.example/", b"xn--bcher-kva.example", b"/"),
    ],
)
def test_a_request_goes_where_its_address_says(address: str, host: bytes, target: bytes) -> None:
    made = request(address)

    assert (made.headers, made.url.target) == ([(b"Host", host)], target)


def test_a_header_of_the_users_own_goes_before_ours() -> None:
    made = request("https://a.example/", {"host": "b.example", "content-type": "text/plain"}, {"a": "ä"})

    assert made.headers == [(b"host", b"b.example"), (b"content-type", b"text/plain"), (b"Content-Length", b"10")]


@pytest.mark.parametrize("address", ["ftp://a.example/", "a.example/v1", "https:///v1"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises((httpcore.UnsupportedProtocol, httpx.InvalidURL)):
        request(address)


def test_headers_go_by_small_names_and_a_repeated_one_has_all_its_texts() -> None:
    response = httpcore.Response(200, headers=[(b"X-Limit", b"1"), (b"DATE", b"now"), (b"x-limit", b"2")])

    assert headers_of(response) == {"x-limit": "1, 2", "date": "now"}
