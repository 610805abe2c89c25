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
    ],
)
def test_a_new_address_is_worth_a_new_link(new: str) -> None:
    assert is_worthwhile(OLD, new)


@pytest.mark.parametrize(
    "new",
    [
        "https://a.test/",
        "https://a.test/login?next=/docs/page",
        "https://sso.a.test/users/sign_in/sign-in",
        "https://b.test/gate?return_to=http%3A%2F%2Fa.test%2Fdocs%2Fpage",
        "https://b.test/?u=http://a.test/docs/page",
        "https://a.test/en/docs/page",
        "https://a.test/docs/pt-BR/page",
        "http://a.test/docs/page?hl=de",
        "http://a.test/docs/page;jsessionid=1",
        "http://a.test/docs/page?PHPSESSID=1",
    ],
)
def test_a_login_a_language_a_session_and_the_home_page_are_not(new: str) -> None:
    assert not is_worthwhile(OLD, new)


def test_another_language_is_no_new_address() -> None:
    assert not is_worthwhile("http://a.test/en/x", "http://a.test/de/x")


def test_a_short_name_is_no_language() -> None:
    assert is_worthwhile("http://a.test/old/x", "http://a.test/new/x")
