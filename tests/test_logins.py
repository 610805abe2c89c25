"""Promises about logins: what asks for a password, and what stands before a page."""

import pytest

from crawler.judge.logins import asks_for_password


@pytest.mark.parametrize(
    ("body", "asks"),
    [
        (b"<form><input name=p type=password>", True),
        (b"<INPUT\nTYPE = 'Password' name=p>", True),
        (b'<input type="password"/>', True),
        (b"<p>type=password</p><input type=text>", False),
        (b"<input type=passwords>", False),
    ],
)
def test_a_field_for_a_password_is_one_in_a_form(body: bytes, *, asks: bool) -> None:
    assert asks_for_password(body) is asks
