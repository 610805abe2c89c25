"""Promises about the line that a link of an HTML document is on."""

import pytest

from tests.html import only, read


@pytest.mark.parametrize(
    ("element", "line"),
    [
        pytest.param('<a href="c">', 3, id="double quotes"),
        pytest.param("<a href='c'>", 3, id="single quotes"),
        pytest.param("<a href=chapter>", 3, id="no quotes"),
        pytest.param('<a\n\nhref="c">', 5, id="attribute on a line of its own"),
        pytest.param('<a href="c?a&amp;b">', 3, id="entity"),
        pytest.param("<a href='c?a&amp;b'>", 3, id="entity in single quotes"),
        pytest.param('<a href="c?&#x61;">', 3, id="character reference"),
        pytest.param("<img srcset='chart.png 1x,\nd 2x'>", 3, id="the first of a srcset"),
    ],
)
def test_a_link_has_the_line_where_it_is_written(element: str, line: int) -> None:
    source = f"<!doctype html>\n<p>text</p>\n{element}x</a>"

    assert read(source).links[0].line == line


def test_a_refresh_is_on_its_own_line_and_not_on_that_of_the_link_beside_it() -> None:
    source = '\n<meta http-equiv="refresh" content="0; url=new.html">\n\n<a href="new.html">new</a>'

    assert [(link.kind, link.line) for link in read(source).links] == [
        ("meta refresh", 2),
        ("a href", 4),
    ]


@pytest.mark.parametrize(
    ("before", "element"),
    [
        pytest.param('<p class="a" id=a>a</p>', "<a href=a>", id="short, no quotes"),
        pytest.param('<p class="a" title="a">a = a</p>', '<a href="a">', id="short, quotes"),
        pytest.param('<p data-x="#" class=#># #</p>', "<a href=#>", id="#"),
        pytest.param('<p data-target="#">#</p>', '<a href="#">', id="# in quotes"),
        pytest.param("<p>a.html, a.html</p>", "<a href=a.html>", id="no quotes, in the text too"),
        pytest.param("<p>x=a.html></p>", "<a class=x href=a.html>", id="like an attribute"),
        pytest.param("<p title='c?x&amp;y'>", "<a href=c?x&amp;y>", id="no quotes, a reference"),
        pytest.param("<p>c/d</p>", '<A HREF="c/d">', id="upper case"),
        pytest.param("<p>c/d</p>", "<A HREF = 'c/d' >", id="blanks around the sign"),
        pytest.param("<p>c</p>", '<a href="\nc">', id="a line break in front"),
        pytest.param("<p>c d</p>", '<a href="c\nd">', id="a line break within"),
        pytest.param("<p class=s>s</p>", '<img srcset="s 1x">', id="short, in a srcset"),
        pytest.param("<p>s</p>", "<b style='c: url(s)'>", id="short, in a style"),
        pytest.param("<p>x</p>", "<img src=x alt=x>", id="two attributes"),
        pytest.param("<p>x</p>", "<img src=x/>", id="a slash behind it"),
    ],
)
def test_an_oddly_written_link_has_its_line(before: str, element: str) -> None:
    assert [link.line for link in read(f"\n{before}\n\n{element}x</a>\n{element}").links] == [4]


def test_the_same_reference_in_two_kinds_has_two_lines() -> None:
    links = read('<a href="x.png">x</a>\n<img src="x.png">\n<a href="x.png">x</a>').links

    assert [(link.kind, link.line, link.occurrences) for link in links] == [
        ("a href", 1, 2),
        ("img src", 2, 1),
    ]


def test_lines_are_found_in_the_order_of_the_document() -> None:
    lines = [
        "<a href='1'>one</a>",
        '<a href="2?x&amp;y">two</a> <a href="3">three</a>',
        "",
        "<p>" + "long " * 1000 + "</p>",
        '<img src="4?x&amp;y"> <a href="2?x&amp;y">two</a>',
        "<a href=5>five</a>",
        '<a href="6">six</a>',
    ]

    found = {link.href: link.line for link in read("\n".join(lines)).links}

    assert found == {"1": 1, "2?x&y": 2, "3": 2, "4?x&y": 5, "5": 6, "6": 7}


@pytest.mark.parametrize(
    "image",
    [
        pytest.param('srcset="/p.png 1x,\n/p-2.png 2x" \n src="/p.png"', id="before src"),
        pytest.param('srcset="/p.png 1x,\n/p-2.png 2x" \n alt="/p.png"', id="alone"),
    ],
)
def test_every_candidate_of_a_srcset_has_its_line(image: str) -> None:
    links = read(f'\n<img {image}>\n<a href="/p-2.png">x</a>\n<img src="/p.png">').links

    assert {(link.kind, link.href): link.line for link in links} == {
        ("img srcset", "/p.png"): 2,
        ("img srcset", "/p-2.png"): 3,
        ("img src", "/p.png"): 4 if " src=" in image else 6,
        ("a href", "/p-2.png"): 5,
    }


@pytest.mark.parametrize(
    ("first", "between"),
    [
        pytest.param("<a href='a.html'>", "", id="near"),
        pytest.param("<a href='a.html'>", "<p>text</p>\n" * 500, id="far"),
    ],
)
def test_of_a_link_written_in_two_ways_the_first_has_the_line(first: str, between: str) -> None:
    lines = [first, '<a href="1.html">', '<a href="2.html">', f'{between}<a href="a.html">']

    assert [link.line for link in read("\n".join(lines)).links] == [1, 2, 3]


def test_what_came_again_in_one_kind_is_not_where_it_comes_in_another() -> None:
    source = """
    <link rel="next" href="n.html">
    <link rel="prev" href="p.html">
    <link rel="next" href="n.html">

    <a href="n.html">next</a>"""

    assert [(link.kind, link.line) for link in read(source).links] == [
        *(("link href", 2), ("link href", 3), ("a href", 6)),
    ]


def test_a_picture_that_came_again_leads_past_no_link() -> None:
    card = """<img src="a/me.png" srcset="a/me.png 1x, a/me-2.png 2x">\n<a href="%d.html">\n"""
    cards = "".join(card % number for number in range(150))
    again = "".join(f'<area href="{number}.html">\n' for number in range(150))

    links = read(f"<img src='a/me.png'>\n{cards}{again}").links

    lines = [link.line for link in links if link.kind == "a href"]
    assert lines == list(range(3, 303, 2))


def test_links_far_apart_have_their_lines_also_where_one_has_no_quotes() -> None:
    far = "<p>" + "x" * 2100 + "\n"
    links = "".join(f'{far}<a href="{number}.html">' for number in range(150))

    found = read(f"{far}<a href=first.html>{links}").links

    assert [link.line for link in found] == [*range(2, 153)]


def test_what_was_passed_over_is_found_after_all() -> None:
    metadata = '<script type=application/ld+json>{"url": "http:\\/\\/x.test"}</script>'
    links = '<a href="1">one</a>\n<a href="http://x.test">x</a>'

    assert [link.line for link in read(f"{metadata}\n{links}").links] == [3, 2, 3]


def test_a_reference_that_is_nowhere_written_so_has_no_line() -> None:
    metadata = '<script type=application/ld+json>{"url": "http:\\/\\/x"}</script>'

    assert only(metadata).line is None
