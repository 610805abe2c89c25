"""Promises about permanent redirects: which are worth a new link, and which stay quiet."""

import pytest

from crawler.judge.moves import is_worthwhile

OLD = "http://a.test/docs/page"


@pytest.mark.parametrize(
    "new",
    [
        "https://a.test/docs/page",
        "http://a.test/docs/page/",
        "http://a.test/docs/page.html",
        "https://docs.a.test/page",
        "https://a.test/documentation/authors/page",
        "https://a.test/docs/page?version=3",
        "http://a.test/docs/new",
        "http://a.test/archive/docs/page",
        "http://a.test/en/manual/start",
    ],
)
def test_a_new_address_is_worth_a_new_link(new: str) -> None:
    assert is_worthwhile(OLD, new)


@pytest.mark.parametrize(
    "new",
    [
        "https://a.test/",
        "https://a.test/login?next=/docs/page",
        "https://a.test/ucp.php?mode=login",
        "https://sso.a.test/users/sign_in/sign-in",
        "https://a.test/Login",
        "https://a.test/user.signin.php?from=docs",
        "https://a.test/docs/SSO",
        "https://a.test/oauth/start",
        "https://a.test/oauth2/start",
        "https://a.test/docs-auth",
        "https://a.test/captcha/",
        "https://b.test/gate?return_to=http%3A%2F%2Fa.test%2Fdocs%2Fpage",
        "https://b.test/?u=http://a.test/docs/page",
        "https://b.test/gate?u=http://a.test/docs/page",
        "https://a.test/en/docs/page",
        "https://a.test/docs/pt-BR/page",
        "https://a.test/zh_hant/docs/page",
        "https://a.test/es-419/docs/page",
        "http://a.test/docs/page?hl=de",
        "http://a.test/docs/page;jsessionid=1",
        "http://a.test/docs/new;JSESSIONID=1",
        "http://a.test/docs/page?PHPSESSID=1",
        "http://a.test/docs/page?sid=1",
        "http://a.test/docs/page?SessionId=1",
    ],
)
def test_a_login_a_language_a_session_and_the_home_page_are_not(new: str) -> None:
    assert not is_worthwhile(OLD, new)


def test_another_language_is_no_new_address() -> None:
    assert not is_worthwhile("http://a.test/en/x", "http://a.test/de/x")


def test_from_one_login_to_another_is_a_new_address() -> None:
    assert is_worthwhile("http://a.test/docs/login", "http://a.test/docs/account/sign-in")


def test_a_home_page_may_have_moved_to_a_home_page() -> None:
    assert is_worthwhile("http://a.test/", "https://b.test/")


def test_a_session_that_was_in_the_old_address_is_none_that_came_with_the_new() -> None:
    assert is_worthwhile("http://a.test/x?sid=1", "https://a.test/x?sid=1")


@pytest.mark.parametrize(
    ("old", "new"), [("old", "new"), ("en", "new"), ("old", "en"), ("en/old", "en/new")]
)
def test_a_short_name_is_no_language(old: str, new: str) -> None:
    assert is_worthwhile(f"http://a.test/{old}/x", f"http://a.test/{new}/x")
