"""Promises about the encoding of a document."""

import codecs
import time

import pytest
import webencodings.labels
from hypothesis import given
from hypothesis import strategies as st

from crawler.parse.charset import UTF_8, decode, text_of

LABELS = st.sampled_from(sorted(webencodings.labels.LABELS))


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        pytest.param("ü".encode(), "text/html", "ü", id="UTF-8 where nothing is said"),
        pytest.param(b"\xfc", "text/html; charset=iso-8859-1", "ü", id="header"),
        pytest.param(b"\xfc", 'text/html;CHARSET = "Latin1"; x=y', "ü", id="quoted, upper case"),
        pytest.param(b"\x81\x8d", "text/html; charset=latin1", "\x81\x8d", id="controls"),
        pytest.param(b"\x80", "text/html; charset=latin1", "€", id="Latin-1 is Windows-1252"),
        pytest.param(b"\x82\xa0", "text/css; charset=Shift_JIS", "あ", id="Shift_JIS"),
        pytest.param("ü".encode(), "text/html; charset=klingon", "ü", id="no such encoding"),
        pytest.param("ü".encode(), "text/html; charset=", "ü", id="nothing after the ="),
        pytest.param(b"a\xff", "text/html; charset=utf-8", "a\ufffd", id="not UTF-8"),
        pytest.param(b"\xff ...", "text/css", "\ufffd ...", id="nothing said of a style sheet"),
        pytest.param(codecs.BOM_UTF8 + b"a", "text/html; charset=latin1", "a", id="BOM"),
        pytest.param("\ufeffü".encode("utf-16-le"), "text/html", "ü", id="BOM of UTF-16LE"),
        pytest.param("\ufeffü".encode("utf-16-be"), "text/html", "ü", id="BOM of UTF-16BE"),
        pytest.param(b"a", "text/html; charset=replacement", "a", id="a trap"),
        pytest.param(b"a", "text/html; charset=x-user-defined", "a", id="not in Python"),
    ],
)
def test_bytes_become_text_as_in_a_browser(body: bytes, content_type: str, text: str) -> None:
    assert decode(body, content_type) == text


@pytest.mark.parametrize(
    ("meta", "letter"),
    [
        pytest.param('<meta charset="iso-8859-1">', "ü", id="charset"),
        pytest.param("<META CHARSET=iso-8859-1>", "ü", id="without quotes"),
        pytest.param(
            "<meta http-equiv='Content-Type'\ncontent='text/html; charset=iso-8859-1'>",
            "ü",
            id="http-equiv",
        ),
        pytest.param('<meta charset="utf-16le">', "\ufffd", id="UTF-16 would not read so"),
        pytest.param('<link charset="iso-8859-1">', "\ufffd", id="no meta"),
        pytest.param(
            "<meta content='text/html; charset=iso-8859-1' http-equiv=content-type>",
            "ü",
            id="http-equiv behind it",
        ),
        pytest.param("<meta name=x content='a;charset=iso-8859-1'>", "\ufffd", id="no http-equiv"),
        pytest.param("<meta content='a > b' charset=iso-8859-1>", "ü", id="a sign in quotes"),
        pytest.param("<meta charset=' latin1 '>", "ü", id="blanks around it"),
        pytest.param(
            "<meta charset=latin1 http-equiv=content-type content='text/html; charset=utf-8'>",
            "ü",
            id="the one before the other",
        ),
        pytest.param("<meta charset=klingon><meta charset=latin1>", "ü", id="the first known one"),
        pytest.param("<!-- <meta charset=latin1> -->", "\ufffd", id="in a comment"),
        pytest.param("<script>'<meta charset=latin1>'</script>", "\ufffd", id="in a script"),
        pytest.param("<!--" + "x" * 9999 + "--><meta charset=latin1>", "ü", id="late in the head"),
        pytest.param("<p>" + "x" * 1021 + "<meta charset=latin1>", "\ufffd", id="late in the body"),
        pytest.param("<p><meta charset=latin1>", "ü", id="soon in the body"),
        pytest.param("<meta charset charset=latin1>", "\ufffd", id="the first of its name"),
        pytest.param('<?xml version="1.0" encoding="latin1"?>', "ü", id="XML"),
        pytest.param("<?xml version='1.0' encoding='utf-16'?>", "\ufffd", id="UTF-16 in XML"),
        pytest.param(' <?xml version="1.0" encoding="latin1"?>', "\ufffd", id="XML, not at first"),
        pytest.param(
            '<?xml version="1.0" encoding="koi8-r"?><meta charset=latin1>',
            "ü",
            id="XML and meta",
        ),
    ],
)
def test_a_document_may_name_its_encoding_at_its_beginning(meta: str, letter: str) -> None:
    assert decode(meta.encode() + b"\xfc", "text/html") == meta + letter


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        *(("", piece) for piece in ("<meta ", "<a '\"", "<!", "<!--", "<script>", "<p>", "x")),
        *(("<meta ", piece) for piece in ("a", "a ", "a=", "a =\t", "a='\"' ", "\\", "é", "\0")),
        ("<meta http-equiv=content-type content='charset=", " "),
        ("<meta a", " "),
    ],
)
def test_no_head_takes_long(start: str, piece: str) -> None:
    started = time.process_time()

    decode(f"{start}{piece * 200_000}'>".encode(), "text/html")

    assert time.process_time() - started < 1


def test_html_that_says_nothing_and_is_not_utf_8_is_windows_1252() -> None:
    body = b"<p id=caf\xe9>\x80</p>"

    assert text_of(body, "text/html") == ("<p id=café>€</p>".encode(), "cp1252")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(b"<p>\xe9</p>", "text/html; charset=utf-8", id="header"),
        pytest.param(b"<p>\xe9</p>", "text/html; charset=klingon", id="no such encoding"),
        pytest.param(b"<meta charset=utf-8><p>\xe9</p>", "text/html", id="meta"),
        pytest.param(codecs.BOM_UTF8 + b"<p>\xe9</p>", "text/html", id="BOM"),
    ],
)
def test_html_that_says_something_is_never_windows_1252(body: bytes, content_type: str) -> None:
    text = text_of(body, content_type)

    assert "<p>\ufffd</p>".encode() in text.utf8
    assert text.encoding == UTF_8


@pytest.mark.parametrize("letter", "éあ😀")
def test_a_letter_that_is_cut_off_at_the_end_says_nothing_of_the_rest(letter: str) -> None:
    for length in range(1, len(letter.encode())):
        text = text_of("ü".encode() + letter.encode()[:length], "text/html")

        assert text == ("ü\ufffd".encode(), UTF_8)


def test_the_header_wins_over_the_document() -> None:
    body = b'<meta charset="utf-8">\xfc'

    assert decode(body, "text/html; charset=iso-8859-1")[-1] == "ü"


@given(body=st.binary(), label=st.one_of(LABELS, st.text()), in_header=st.booleans())
def test_no_document_breaks_the_reader(body: bytes, label: str, *, in_header: bool) -> None:
    if in_header:
        text = decode(body, f"text/html; charset={label}")
    else:
        text = decode(b'<meta charset="%b">%b' % (label.encode(), body), "text/html")

    assert text.encode("utf-8").decode() == text
