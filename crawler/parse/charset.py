"""From the bytes of a document to its text, by the encoding a browser would choose."""

import codecs
import re
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
_META = re.compile(rb"<meta[^>]*?charset\s*=\s*[\"']?\s*([\w:.-]+)", re.IGNORECASE)
# Encodings of the standard without a codec in Python: the one is a trap, the other for scripts.
_UNKNOWN_TO_PYTHON = {"replacement", "x-user-defined"}
_PARAMETER = re.compile(r"charset\s*=\s*[\"']?\s*([\w:.-]+)", re.IGNORECASE)
_FIRST_CONTROL, _AFTER_CONTROLS = 0x80, 0xA0
# How bytes are read and written that Windows-125x lacks in Python, and has in the standard.
_CONTROLS = "crawler-controls"


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


codecs.register_error(_CONTROLS, _as_control)


def errors_of(encoding: str, usual: str) -> str:
    """Return how Python is to treat what `encoding` lacks: by its `usual` way, but for one kind."""
    return _CONTROLS if encoding.startswith("cp125") else usual


class Text(NamedTuple):
    """A text, the same in UTF-8, and its output encoding: that of the queries in it.

    The name is Python's; for UTF-16 it is UTF-8 (Encoding standard, "get an output encoding").
    """

    text: str
    utf8: bytes
    encoding: str = UTF_8


def decode(body: bytes, content_type: str) -> str:
    """Return `body` as text; bytes that the encoding does not know become U+FFFD.

    The encoding is that of the byte order mark, of the header, of the `<meta>` in the first 1,024
    bytes, in this order (HTML standard, 13.2.3.2); UTF-8 where nothing says or makes sense.
    """
    return _decoded(body, content_type, UTF_8).text


def text_of(body: bytes, content_type: str) -> Text:
    """Return an HTML `body` as `decode` does, and the same as UTF-8: nearly always what it was.

    Where nothing says what it is in, what is no UTF-8 is Windows-1252: the standard's default for
    most languages.
    """
    return _decoded(body, content_type, "cp1252")


def _decoded(body: bytes, content_type: str, otherwise: str) -> Text:
    mark, name = next((bom for bom in _BOMS if body.startswith(bom[0])), (b"", ""))
    body = body[len(mark) :]
    name = name or _declared(body, content_type)
    if name in ("", UTF_8):
        try:
            return Text(body.decode(), body)
        except UnicodeDecodeError as error:
            is_cut = error.start >= len(body) - _HALF_LETTER
        name = UTF_8 if name or is_cut else otherwise
    text = body.decode(name, errors_of(name, "replace"))
    return Text(text, text.encode(), UTF_8 if name.startswith("utf-16") else name)


def _declared(body: bytes, content_type: str) -> str:
    """Return Python's name of the encoding that header or document name; empty where none does."""
    if match := _PARAMETER.search(content_type):
        label = match[1]
    elif found := _META.search(body, 0, _PRESCAN):
        label = found[1].decode("ascii", "replace")
        if label.lower().startswith("utf-16"):
            return UTF_8  # a <meta> that could be read as ASCII lies about UTF-16
    else:
        return ""
    encoding = webencodings.lookup(label)
    if encoding is None or encoding.name in _UNKNOWN_TO_PYTHON:
        return UTF_8
    return str(encoding.codec_info.name)
