import pytest
from starlette.datastructures import Headers

from assistant.api.same_origin import foreign

HOST = {"host": "chat.example.com"}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"origin": "https://chat.example.com"}, False),
        ({"origin": "https://CHAT.example.com", "cookie": "a=b"}, False),
        ({"origin": "https://evil.example"}, True),
        ({"origin": "https://chat.example.com.evil.example"}, True),
        ({"origin": "https://chat.example.com:8443"}, True),
        ({"origin": "null"}, True),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, False),
        ({"origin": "null", "sec-fetch-site": "cross-site"}, True),
        ({"origin": "https://chat.example.com", "sec-fetch-site": "cross-site"}, True),
        ({"origin": "https://evil.example", "sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "none", "cookie": "a=b"}, False),
        ({"referer": "https://chat.example.com/page"}, False),
        ({"referer": "https://evil.example/https://chat.example.com/"}, True),
        ({"cookie": "apprentice=x"}, True),
        ({}, False),
    ],
)
def test_what_another_site_sends_is_told_from_what_our_own_page_sends(headers, expected):
    assert foreign(Headers(HOST | headers)) is expected
