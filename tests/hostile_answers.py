"""Answers that a hostile server gives: broken off, endless, of odd lengths and headers."""

from tests.misbehaviour import (
    BAD_HEADER,
    OK,
    PRIVATE,
    PROTOCOL,
    RESET,
    TIMEOUT,
    TOO_LARGE,
    Behaviour,
    Case,
    drop,
    endless,
    head,
    page,
    raw,
    silent,
    then_late,
    then_silent,
    then_slowly,
)
from tests.night import Outcome

HTML = b"Content-Type: text/html\r\n"

WHOLE = (
    head(HTML.strip(), b"Content-Length: 26", b"Connection: close")
    + b"<p>this is a whole page</p>"[:26]
)
CUTS = len(WHOLE)


def cut(at: int) -> Behaviour:
    return raw(WHOLE[:at])


CONNECTION = {
    "drop": Case(drop, RESET),
    "silent": Case(silent, TIMEOUT),
    "after-status": Case(raw(b"HTTP/1.1 200 OK\r\n"), RESET),
    "after-headers": Case(raw(head(HTML.strip(), b"Content-Length: 100")), RESET),
    "silent-after-headers": Case(
        lambda asked: then_silent(asked, head(HTML.strip(), b"Content-Length: 100")), TIMEOUT
    ),
    "slow-headers": Case(lambda asked: asked.slowly(WHOLE), TIMEOUT),
    "slow-body": Case(
        lambda asked: then_slowly(asked, head(HTML.strip(), b"Content-Length: 100"), b"x" * 100),
        TIMEOUT,
    ),
    "kept-and-closed": Case(page("<p>fine", b"Keep-Alive: timeout=60"), OK),
}
LENGTHS = {
    "too-short": Case(
        raw(head(HTML.strip(), b"Content-Length: 5") + b"<p>more than was said"), PROTOCOL
    ),
    "too-short-later": Case(
        lambda asked: then_late(
            asked, head(HTML.strip(), b"Content-Length: 5"), b"<p>more than was said"
        ),
        Outcome("unverifiable", "protocol"),  # asked for its headers only, it is well
    ),
    "too-long": Case(page("<p>less than was said", length=500), RESET),
    "negative": Case(page("x", length=-1), BAD_HEADER),
    "absurd": Case(page("x", length=10**30), BAD_HEADER),
    "two-lengths": Case(page("xx", b"Content-Length: 1"), BAD_HEADER),
    "length-and-chunks": Case(
        page(b"2\r\nxx\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"), BAD_HEADER
    ),
    "no-chunks": Case(
        raw(head(HTML.strip(), b"Transfer-Encoding: chunked") + b"zz\r\nxx"), PROTOCOL
    ),
    "large-chunk": Case(
        raw(head(HTML.strip(), b"Transfer-Encoding: chunked") + b"f" * 64 + b"\r\nxx"), PROTOCOL
    ),
    "no-chunks-later": Case(
        lambda asked: endless(
            asked, head(HTML.strip(), b"Transfer-Encoding: chunked"), b"zz\r\nxx", 0.2
        ),
        Outcome("unverifiable", "protocol"),  # asked for its headers only, it is well
    ),
}
ENDLESS = {
    "body": Case(
        lambda asked: endless(asked, head(HTML.strip()), b"<p>more</p>" * 6000), TOO_LARGE
    ),
    "binary": Case(
        lambda asked: endless(asked, head(b"Content-Type: image/png"), b"x" * 65536),
        Outcome("ok", "not-html"),
    ),
    "chunks": Case(
        lambda asked: endless(
            asked,
            head(HTML.strip(), b"Transfer-Encoding: chunked"),
            (b"400\r\n" + b"x" * 1024 + b"\r\n") * 60,
        ),
        TOO_LARGE,
    ),
    "chunks-of-a-byte": Case(  # at a pace at which no machine has all that is wanted in time
        lambda asked: endless(
            asked, head(HTML.strip(), b"Transfer-Encoding: chunked"), b"1\r\nx\r\n" * 8000, 0.05
        ),
        TIMEOUT,
    ),
    "headers": Case(
        lambda asked: endless(asked, b"HTTP/1.1 200 OK\r\n", b"X-More: and more\r\n" * 50),
        BAD_HEADER,
    ),
    "header": Case(
        lambda asked: endless(asked, b"HTTP/1.1 200 OK\r\nX-More: ", b"x" * 4096), BAD_HEADER
    ),
    "status": Case(lambda asked: endless(asked, b"HTTP/1.1 200 ", b"OK" * 2048), BAD_HEADER),
    "continue": Case(
        lambda asked: endless(asked, b"", head(status=b"100 Continue") * 100), TIMEOUT
    ),
    "trailers": Case(
        lambda asked: endless(
            asked,
            head(HTML.strip(), b"Transfer-Encoding: chunked") + b"1\r\nx\r\n0\r\n",
            b"X-More: and more\r\n" * 50,
        ),
        PROTOCOL,
    ),
}
HEADERS = {
    "header-of-9-kb": Case(page("<p>fine", b"X-Policy: " + b"x" * 9000), OK),
    "header-of-70-kb": Case(page("<p>fine", b"X-Policy: " + b"x" * 70_000), BAD_HEADER),
    "headers-of-6-mb": Case(
        page("<p>fine", *[b"X-%d: " % n + b"x" * 30_000 for n in range(200)]), OK
    ),
    "headers-of-30-mb": Case(
        page("<p>fine", *[b"X-%d: " % n + b"x" * 30_000 for n in range(1000)]), BAD_HEADER
    ),
    "no-colon": Case(page("<p>fine", b"this is no header"), BAD_HEADER),
    "no-name": Case(page("<p>fine", b": of nothing"), BAD_HEADER),
    "folded": Case(page("<p>fine", b"X-Long: one\r\n two"), OK),
    "zero": Case(page("<p>fine", b"X-Zero: \0"), PROTOCOL),
    "no-status-line": Case(raw(b"<p>this is HTTP/0.9"), PROTOCOL),
    "other-protocol": Case(raw(b"SSH-2.0-OpenSSH_9.2\r\n"), PROTOCOL),
    "odd-version": Case(raw(b"HTTP/9.9 200 OK\r\n\r\n"), PROTOCOL),
    "odd-status": Case(raw(b"HTTP/1.1 9999999 What\r\n\r\n"), PROTOCOL),
    "no-status": Case(raw(b"HTTP/1.1 \r\n\r\n"), PROTOCOL),
    "refresh": Case(page("<p>fine", b"Refresh: " + b"1" * 32_000), OK),
    "links": Case(page("<p>fine", b"Link: " + b" ;a" * 10_000), OK),
    "cookies": Case(
        page("<p>fine", *[b"Set-Cookie: c%d=%b" % (n, b"x" * 4000) for n in range(200)]), OK
    ),
    "cookie-loop": Case(
        page(
            "",
            *[b"Set-Cookie: c%d=%b" % (n, b"x" * 30_000) for n in range(200)],
            b"Location: /headers/cookie-loop",
            status=b"302 Found",
        ),
        Outcome("broken", "redirect-loop"),
    ),
    "not-modified": Case(page("", status=b"304 Not Modified"), OK),
    "switching": Case(
        raw(head(b"Upgrade: websocket", b"Connection: upgrade", status=b"101 Switching Protocols")),
        Outcome("broken", "101"),
    ),
}
ADDRESSES = {
    "to-metadata": Case(
        page("", b"Location: http://169.254.169.254/latest/meta-data/", status=b"302 Found"),
        PRIVATE,
    ),
    "to-mapped": Case(
        page("", b"Location: http://[::ffff:10.0.0.1]/", status=b"302 Found"), PRIVATE
    ),
    "to-number": Case(page("", b"Location: http://0xa000001/", status=b"302 Found"), PRIVATE),
    "to-file": Case(
        page("", b"Location: file:///etc/passwd", status=b"302 Found"),
        Outcome("broken", "bad-location"),
    ),
    "to-endless": Case(
        page("", b"Location: /redirects/0", status=b"302 Found"),
        Outcome("broken", "too-many-redirects"),
    ),
}
