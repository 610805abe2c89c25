"""From the bytes of a document to its text, by the encoding a browser would choose."""

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple

import webencodings

UTF_8 = "utf-8"

_BOMS = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PRESCAN = 1024
# Bytes that may be left of the last letter where a body is cut off: they say nothing of the rest.
_HALF_LETTER = 3
# Of a head that says nothing so much is read; browsers go on to its end.
_LONGEST_HEAD = 256 * 1024
# Each goes on behind what the one before it took, so that a head is passed over once.
_TOKEN = re.compile(
    rb"""<(?:!--(?:-?>|.*?(?:--!?>|\Z))|[!?][^>]*+"""
    rb"""|(?P<raw>script|style|title)(?=[\s/>]).*?(?:</(?P=raw)|\Z)"""
    rb"""|(?P<name>/?[a-z][^\s/>]*+)(?P<attributes>(?:[^>"']++|"[^"]*+"|'[^']*+')*+))""",
    re.IGNORECASE | re.DOTALL,
)
_HEAD = frozenset(
    b"html head base link meta noscript object /html /base /link /meta /noscript /object".split()
)
# Also one without a value, or what is none would be looked through again from each of its letters.
_ATTRIBUTE = re.compile(rb"""([^\s/>="']++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>"']++)))?+""")
_LABEL = re.compile(rb"charset\s*+=\s*+[\"']?+\s*+([\w:.-]++)", re.IGNORECASE)
_XML = re.compile(rb"<\?xml[^>]*?\sencoding\s*=\s*([\"'])([\w:.-]+)\1")
# Encodings of the standard without a codec in Python: the one is a trap, the other for scripts.
_UNKNOWN_TO_PYTHON = {"replacement", "x-user-defined"}
_PARAMETER = re.compile(r"charset\s*+=\s*+[\"']?+\s*+([\w:.-]++)", re.IGNORECASE)
_FIRST_CONTROL, _AFTER_CONTROLS = 0x80, 0xA0
# How bytes are read and written that Windows-125x lacks in Python, and has in the standard.
_CONTROLS = "crawler-controls"
_WINDOWS = "crawler-windows"


def _as_control(error: UnicodeError) -> tuple[str | bytes, int]:
    """Take a byte without a letter for the control character of its number, and back again.

    Encoding standard, index windows-1252 and its like.
    """
    if isinstance(error, UnicodeDecodeError):
        byte = error.object[error.start]
        return chr(byte) if byte < _AFTER_CONTROLS else "\ufffd", error.start + 1
    if isinstance(error, UnicodeEncodeError):
        letter = ord(error.object[error.start])
        is_control = _FIRST_CONTROL <= letter < _AFTER_CONTROLS
        return bytes([letter]) if is_control else f"&#{letter};", error.start + 1
    raise error


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Take what is no UTF-8 for Windows-1252, byte by byte."""
    if isinstance(error, UnicodeDecodeError):
        return error.object[error.start : error.end].decode("cp1252", _CONTROLS), error.end
    raise error


codecs.register_error(_CONTROLS, _as_control)
codecs.register_error(_WINDOWS, _as_windows)


def errors_of(encoding: str, usual: str) -> str:
    """Return how Python is to treat what `encoding` lacks: by its `usual` way, but for one kind."""
    return _CONTROLS if encoding.startswith("cp125") else usual


class Text(NamedTuple):
    """A text in UTF-8, and its output encoding: that of the queries in it.

    The name is Python's; for UTF-16 it is UTF-8 (Encoding standard, "get an output encoding").
    """

    utf8: bytes
    encoding: str = UTF_8


def decode(body: bytes, content_type: str) -> str:
    """Return `body` as text; bytes that the encoding does not know become U+FFFD.

    The encoding is that of the byte order mark, of the header, of a `<meta>`, of the declaration
    of XML, in this order (HTML standard, 13.2.3.2); UTF-8 where nothing says or makes sense.
    """
    text, _, _ = _decoded(body, content_type, UTF_8)
    return text


def plain(body: bytes) -> str:
    """Return a `body` in which nothing can say what it is in, as forges show it.

    Without a byte order mark it is UTF-8. What is none in it is Windows-1252: that letter, not all
    of the text, for one of them may be broken.
    """
    body, marked = _unmarked(body)
    encoding = marked or UTF_8
    return body.decode(encoding, _WINDOWS if encoding == UTF_8 else "replace")


def text_of(body: bytes, content_type: str) -> Text:
    """Return what `decode` says of an HTML `body`, as UTF-8: nearly always what it was.

    Where nothing says what it is in, what is no UTF-8 is Windows-1252: the standard's default for
    most languages.
    """
    text, encoding, utf8 = _decoded(body, content_type, "cp1252")
    output = UTF_8 if encoding.startswith("utf-16") else encoding
    return Text(text.encode() if utf8 is None else utf8, output)


def _unmarked(body: bytes) -> tuple[bytes, str]:
    """Return `body` without its byte order mark, and the encoding that this names, if any."""
    mark, name = next((bom for bom in _BOMS if body.startswith(bom[0])), (b"", ""))
    return body[len(mark) :], name


def _decoded(body: bytes, content_type: str, otherwise: str) -> tuple[str, str, bytes | None]:
    """Return `body` as text, its encoding, and what of it is that text in UTF-8, if it is that."""
    body, marked = _unmarked(body)
    name = marked or _declared(body, content_type)
    if name in ("", UTF_8):
        try:
            return body.decode(), UTF_8, body
        except UnicodeDecodeError as error:
            is_cut = error.start >= len(body) - _HALF_LETTER
        name = UTF_8 if name or is_cut else otherwise
    return body.decode(name, errors_of(name, "replace")), name, None


def _declared(body: bytes, content_type: str) -> str:
    """Return Python's name of the encoding that header or document name; empty where none does."""
    if match := _PARAMETER.search(content_type):
        return _named(match[1]) or UTF_8
    for label in _labels(body):
        if name := _named(label):
            # Where it could be read as ASCII, it lies about UTF-16.
            return UTF_8 if name.startswith("utf-16") else name
    return ""


def _labels(body: bytes) -> Iterator[str]:
    """Yield what an HTML document says of its encoding, what counts most first."""
    for attributes in _metas(body):
        yield _label(attributes)
    if match := _XML.match(body):
        yield match[2].decode("ascii", "replace")


def _metas(body: bytes) -> Iterator[bytes]:
    """Yield the attributes of each `<meta>` in the head, or in the first 1,024 bytes.

    So do browsers; the standard's prescan ends there in a head too, and asks the parser for more.
    """
    in_head = True
    for token in _TOKEN.finditer(body, 0, _LONGEST_HEAD):
        name = token["name"]
        if name is None:
            continue
        in_head = in_head and name.lower() in _HEAD
        if not in_head and token.start() >= _PRESCAN:
            return
        if name.lower() == b"meta":
            yield token["attributes"]


def _label(attributes: bytes) -> str:
    """Return the encoding that a `<meta>` names; empty where it is there for something else."""
    values: dict[bytes, bytes] = {}
    for name, *written in _ATTRIBUTE.findall(attributes):
        values.setdefault(name.lower(), b"".join(written))
    label = values.get(b"charset", b"").strip()
    if not label and values.get(b"http-equiv", b"").lower() == b"content-type":
        match = _LABEL.search(values.get(b"content", b""))
        label = match[1] if match else b""
    return label.decode("ascii", "replace")


def _named(label: str) -> str:
    """Return Python's name of an encoding; empty where the standard knows none of that name."""
    encoding = webencodings.lookup(label)
    if encoding is None:
        return ""
    is_known = encoding.name not in _UNKNOWN_TO_PYTHON
    return str(encoding.codec_info.name) if is_known else UTF_8
