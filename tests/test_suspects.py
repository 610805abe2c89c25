"""Promises about pages that answer 200 and may not be the page: by what they say of themselves."""

import pytest

from crawler.document import Signs
from crawler.judge.suspects import (
    is_deep,
    is_probe,
    probe_url,
    suspicion,
    telling_folders,
)

URL = "https://a.test/docs/page.html"


@pytest.mark.parametrize(
    ("signs", "reason"),
    [
        (Signs(title="Page Not Found"), 'the title says "Page Not Found"'),
        (Signs(title="Docs: 404"), 'the title says "Docs: 404"'),
        (
            Signs(title="Docs", heading="Seite nicht gefunden"),
            'the heading says "Seite nicht gefunden"',
        ),
        (Signs(title=f"404 {'x' * 96}"), f'the title says "404 {"x" * 96}"'),
        (Signs(title=f"404 {'x' * 97}"), None),
        (Signs(title="Room 1404", heading="Port 4040"), None),
        (Signs(title="Have-not founders", heading="A homepage no longer existing"), None),
        (Signs(), None),
        (Signs(parked="for sale"), "the domain is for sale"),
    ],
)
def test_a_page_that_says_in_short_that_it_is_none_is_suspect(
    signs: Signs, reason: str | None
) -> None:
    assert suspicion(URL, signs) == reason


# ruff: noqa: RUF001 - the languages have their letters
@pytest.mark.parametrize(
    "said",
    [
        *("Error 404", "Not-found", "This page does not exist", "The site doesn’t exist"),
        *("The document no longer exists", "It can’t be found", "It cannot be found", "Notfound"),
        *("It is no longer available", "Page missing", "Page is missing", "Nicht gefunden"),
        *("Die Seite existiert nicht", "Page introuvable", "Page non trouvée"),
        *("Cette page n’existe pas", "Elle n’existe plus", "Página no encontrada"),
        *("Archivo no encontrado", "La página no existe", "Página não encontrada"),
        *("Arquivo não encontrado", "Pagina non trovata", "File non trovato"),
        *("Pagina niet gevonden", "Sidan hittades inte", "Siden blev ikke fundet"),
        *("Siden ble ikke funnet", "Ei löytynyt", "Sivua ei löydy", "Nie znaleziono strony"),
        *("Stránka nenalezena", "Az oldal nem található", "Страница не найдена"),
        *("Файл не найден", "Сторінку не знайдено", "Sayfa bulunamadı", "Η σελίδα δεν βρέθηκε"),
        *("ページが見つかりません", "页面未找到", "找不到網頁", "页面不存在"),
        *("페이지를 찾을 수 없습니다", "הדף לא נמצא", "الصفحة غير موجودة"),
    ],
)
def test_not_found_is_understood_in_many_languages(said: str) -> None:
    assert suspicion(URL, Signs(heading=said)) == f'the heading says "{said}"'


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://a.test/docs/page.html", "…"),
        ("https://a.test/docs/page.html", "/docs/page.html"),
        ("https://a.test/docs/page.html", "docs/page.html"),
        ("https://a.test/docs/page.html", "page.html"),
        ("https://a.test/docs/page.html", "https://a.test/docs/page.html"),
        ("https://a.test/docs/page.html?q", "page.html"),
        ("https://a.test/docs/page", "page"),
    ],
)
def test_what_a_page_says_of_its_own_url_is_left_out(url: str, said: str) -> None:
    assert suspicion(url, Signs(title=f"{said} not found")) == 'the title says "… not found"'


def test_a_short_name_may_be_a_word_and_stays() -> None:
    assert suspicion("https://a.test/not", Signs(title="not found")) == (
        'the title says "not found"'
    )


@pytest.mark.parametrize("path", ["", "/", "/?q", "/Index.html", "/index.htm", "/home/", "/HOME"])
def test_a_home_page_has_several_names(path: str) -> None:
    assert not is_deep(f"https://a.test{path}")
    assert is_deep(f"https://a.test/docs{path}x")


def test_a_host_is_asked_for_the_same_made_up_page_every_night() -> None:
    assert probe_url("https://a.test") == "https://a.test/54ea14f20bd5f4546b195b01"
    assert probe_url("https://b.test") != probe_url("https://a.test").replace("a.test", "b.test")


def test_what_nobody_made_is_known_in_any_folder_of_its_host() -> None:
    host = "https://a.test"

    assert probe_url(host, "/docs/v1/") == "https://a.test/docs/v1/54ea14f20bd5f4546b195b01"
    assert is_probe(probe_url(host), host)
    assert is_probe(probe_url(host, "/docs/v1/"), host)
    assert not is_probe(probe_url(host), "https://b.test")
    assert not is_probe(f"{probe_url(host)}/", host)
    assert not is_probe(f"{host}/x-54ea14f20bd5f4546b195b01", host)


@pytest.mark.parametrize(
    ("paths", "folders"),
    [
        (["/a", "/b/", "/?q=/c/d", ""], []),
        (["/docs/a", "/docs/b/", "/docs/c/?q=/x/y"], ["/docs/"]),
        (["/en/docs/v1/a"], ["/en/docs/v1/"]),
        (["/en/docs/v1/a", "/en/docs/v2/a"], ["/en/docs/", "/en/docs/v1/", "/en/docs/v2/"]),
        (["/b/1", "/a/1", "/c/1", "/c/2"], ["/c/", "/a/", "/b/"]),
        (["//a", "//b//c"], ["//b//"]),
    ],
)
def test_the_folder_with_most_is_the_first_and_the_deepest_that_has_them(
    paths: list[str], folders: list[str]
) -> None:
    assert telling_folders(f"https://a.test{path}" for path in paths) == folders
