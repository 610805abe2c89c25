"""Promises about logins: what asks for a password, and what stands before a page."""

import pytest

from crawler.judge.logins import asks_for_password, is_behind_login

OLD = "http://a.test/admin/"


@pytest.mark.parametrize(
    "new",
    [
        "http://a.test/login?next=/admin/",
        "http://a.test/login?next=%2Fadmin%3Ftab%3D1",
        "https://a.test/users/sign_in?x=http://a.test/admin",
        "https://sso.test/Log-On.aspx?ReturnUrl=%2fadmin",
        "https://sso.test/cas/login?service=https%3A%2F%2Fa.test%2Fcallback",
        "https://sso.test/app/sso/saml?SAMLRequest=fZJN&RelayState=x",
        "https://sso.test/t/oauth2/v2.0/authorize?client_id=1&redirect_uri=https%3A%2F%2Fa.test%2F",
        "https://a.test/wp-login.php?redirect_to=home&reauth=1",
        "https://a.test/login.action?os_destination=x",
        "https://a.test/ucp.php?mode=login&redirect=x",
        "https://a.test/index.php?option=com_users&view=login&return=aW5kZXg",
        "https://a.test/w/index.php?title=Special:UserLogin&returnto=Admin",
        "https://a.test/wiki/Spezial:UserLogin?returnto=Admin",
    ],
)
def test_a_login_that_leads_on_stands_before_the_page(new: str) -> None:
    assert is_behind_login(OLD, new, locked=False)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("http://a.test/guides/login-page.html", "http://a.test/docs/login.html"),
        ("http://a.test/guides/login-page.html", "http://a.test/docs/login.html?next=intro"),
        ("http://a.test/guides/access.html", "http://a.test/docs/login.html"),
        ("http://a.test/guides/access.html", "http://a.test/docs/login.html?from=guides&next="),
        ("http://a.test/guides/access.html", "http://a.test/docs/login.html?u=htp://[x&v=mailto:x"),
        ("http://a.test/admin/", "http://a.test/blogging/?next=/admin/"),
        ("http://a.test/guides/access.html", "http://a.test/find?q=login&next=2"),
        ("http://a.test/guides/access.html", "http://a.test/doc?page=login-forms&next=intro"),
        ("http://a.test/login?next=/login", "http://a.test/login?next=/login"),
    ],
)
def test_a_page_about_logins_that_has_moved_stands_before_none(old: str, new: str) -> None:
    assert not is_behind_login(old, new, locked=False)


def test_a_login_that_says_not_where_it_leads_must_ask_for_a_password() -> None:
    assert is_behind_login(OLD, "http://a.test/users/sign_in", locked=True)
    assert not is_behind_login(OLD, "http://a.test/users/sign_in", locked=False)
    assert not is_behind_login(OLD, "http://a.test/welcome", locked=True)
    assert not is_behind_login("http://a.test/login", "http://a.test/sign-in", locked=True)


def test_what_is_named_like_a_login_stands_behind_one_that_names_it() -> None:
    old = "http://a.test/auth/settings"

    assert is_behind_login(old, "http://a.test/login?next=/auth/settings", locked=False)
    assert not is_behind_login(old, "http://a.test/login?next=/", locked=True)


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
