"""Each rule of a service's URL, with the reason that is told; and which hosts are this machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbuild.service_url import is_loopback, url_fault

SIGN = "it holds a space, a control character or another sign that no URL has"
SCHEME = "it does not begin with https:// (or http://)"
QUERY = 'it has a query or a fragment ("?" or "#"), which a base URL has not'
LOGIN = "it holds a user name or password; a key is named by key_env"
HOST = "it names no host"
PORT = "its port is no number from 1 to 65535"
HTTP = "plain http would show the key and all texts to the network; use https, or set allow_http = true yourself"
GOOD = [
    "https://a.test", "https://API.test:8443/v1/", "hTTps://a.test:65535", "https://a.test:/v1", "https://a.test:0080",
    "https://[::1]:80", "https://[2001:db8::1]", "https://[2001:db8::1]:443/v1", "https://a.test/v1/a@b:c",
    "http://127.0.0.1:8000/v1", "http://localhost", "HTTP://x.LocalHost.:1", "http://[::1]:8080/v1", "https://a",
]  # fmt: skip
BAD = {
    SIGN: [
        "https://a.test/ v1", " https://a.test", "https://a.test\n", "https://a.test\x7f", "\x00", "https://ä.test",
        "https://a.test/\u00b2", *(f"https://a.test/{sign}?" for sign in '\\<>"^`{|}'),
    ],
    SCHEME: ["", "a.test/v1", "ftp://a.test", "https:/a.test", "file:///x", "://a.test", "xhttps://a.test?", "https:"],
    QUERY: ["https://a.test/v1?key=x", "https://a.test?", "https://#", "https://me@a.test/v1#x", "http://a.test?x"],
    LOGIN: ["https://me@a.test", "https://me:secret@a.test/v1", "https://@", "http://me@a.test", "https://@[::1"],
    HOST: ["https://", "https:///v1", "https://:80/v1", "https://[::1", "https://[::1]x", "https://[::1].:80", "http://"],
    PORT: [
        "https://a.test:0", "https://a.test:65536", "https://a.test:x", "https://a.test:1:2", "https://a.test:+1",
        "https://[::1]:x", "https://[::1]:1:2", "http://box.test:x", "https://a.test:" + "9" * 5000,
    ],
    HTTP: ["http://box.test", "HTTP://box.test:80/v1", "http://127.0.0.1.test", "http://0.0.0.0", "http://[::2]"],
}  # fmt: skip


@pytest.mark.parametrize("url", GOOD)
def test_a_base_url_has_no_fault(url: str) -> None:
    assert url_fault(url) is None
    assert url_fault(url, allow_http=True) is None


@pytest.mark.parametrize(("reason", "url"), [(reason, url) for reason, urls in BAD.items() for url in urls])
def test_the_first_rule_that_is_broken_is_told(reason: str, url: str) -> None:
    assert url_fault(url) == reason
    assert url_fault(url, allow_http=True) == (None if reason is HTTP else reason)


LOCAL = (
    "localhost", "LOCALHOST.", "a.b.localhost", "[::1]", "127.0.0.1", "127.1.2.3.", "127.255.255.255", "127.0.0.01",
)  # fmt: skip
FAR = (
    "", ".", "localhost..", "mylocalhost", "localhost.test", "::1", "[::2]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1",
    "127.1.2.3.4", "127.1.2.256", "127.1.2.999", "127.0.0.0001", "127.0.0.", "127.0..1", "127.0.0.x", "0127.0.0.1",
    "128.0.0.1", "127.0.0.\u00b2", "127.0.0.\u0661", "127.0.0.-1", "127.0.0.1 ",
)  # fmt: skip


def test_loopback_is_told_by_the_whole_name() -> None:
    assert [host for host in LOCAL if not is_loopback(host)] == []
    assert [host for host in FAR if is_loopback(host)] == []


@given(st.text(max_size=30), st.booleans())
def test_nothing_of_the_text_is_repeated_and_nothing_raises(text: str, allow_http: bool) -> None:
    reasons = {None, *BAD}
    for url in (text, f"https://{text}", f"http://{text}", f"https://a.test:{text}"):
        assert url_fault(url, allow_http=allow_http) in reasons
    assert is_loopback(text) in (True, False)
    assert is_loopback(f"127.0.0.{text}") in (True, False)
