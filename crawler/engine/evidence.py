"""What an answer says beside its status: walls, suspicions, certificates; what becomes notes."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from crawler.document import Reading
from crawler.fetch.telling import cookie_names
from crawler.judge.drift import drift, fingerprint
from crawler.judge.fragments import directive_of, is_text_absent
from crawler.judge.logins import asks_for_password, is_login
from crawler.judge.suspects import suspicion
from crawler.judge.walls import wall_of
from crawler.model import Answer, Known, Note, Request
from crawler.parse.gate import Format, format_of
from crawler.parse.reading import Task
from crawler.parse.visible import visible_text
from crawler.urls import url_id

_SOON = 14 * 24 * 3600
_INCOMPLETE = (
    "its issuer is not known here: perhaps the server leaves out an intermediate certificate,"
    " which browsers often have"
)


class Evidence:
    """Looks at answers for what is worth a note.

    It remembers which hosts' certificates were looked at, and the text directives (`:~:text=`) of
    links whose targets may be read later; nothing else.
    """

    def __init__(self) -> None:
        self._certified: set[str] = set()
        self._directives: defaultdict[int, set[str]] = defaultdict(set)

    def wall(self, answer: Answer) -> str | None:
        """Return whose bot wall answered, if one did."""
        cookies = cookie_names(answer.set_cookies)
        return wall_of(answer.fetch.status or 0, answer.headers, answer.body, cookies)

    def of_certificate(self, request: Request, answer: Answer) -> list[Note]:
        """Return a note, once for each host: the certificate ends within 14 days, or is alone."""
        ends, incomplete = answer.certificate_ends, answer.fetch.error == "tls-chain"
        if (ends is None and not incomplete) or request.host in self._certified:
            return []
        self._certified.add(request.host)
        if ends is None:
            return [Note("certificate", _INCOMPLETE)]
        if ends - time.time() > _SOON:
            return []
        return [Note("certificate", f"ends on {datetime.fromtimestamp(ends, UTC):%Y-%m-%d}")]

    async def of_document(self, task: Task, reading: Reading) -> list[Note]:
        """Return notes on an HTML document; `reading` is what was read of it."""
        for target_id, fragment in reading.directed:
            if directive := directive_of(fragment):
                self._directives[target_id].add(directive)
        notes = [Note("duplicate-id", name) for name in reading.signs.twice]
        said = suspicion(task.url, reading.signs)
        if said is not None:
            notes.append(Note("suspect", said))
        if is_login(task.url) and asks_for_password(task.body):
            notes.append(Note("password", "a login asks for it"))
        directives = self._directives.get(url_id(task.url), ())
        if directives and format_of(task.content_type) is Format.HTML:
            notes += await asyncio.to_thread(_texts, task, tuple(directives))
        return notes

    def redirected(self, source_id: int, target_id: int) -> None:
        """Look for the text directives of links to the one in the other."""
        if directives := self._directives.get(source_id):
            self._directives[target_id] |= directives

    def expect(self, url_id: int, directive: str) -> None:
        """Look for a text directive in a document that is read later."""
        self._directives[url_id].add(directive)

    async def of_change(
        self, known: Known | None, task: Task, reading: Reading
    ) -> tuple[Reading, list[Note]]:
        """Return the reading of a leaf with a fingerprint, and a note where it is another page.

        That is one that was replaced since it was `known`, or taken over.
        """
        if format_of(task.content_type) is not Format.HTML:
            return reading, []
        words = await asyncio.to_thread(_fingerprint, task)
        read = reading._replace(fingerprint=words)
        if known is None or known.document_id is None:
            return read, []
        became = drift((known.title, known.fingerprint), (reading.signs.title, words))
        return read, [] if became is None else [Note("changed", became)]


def _fingerprint(task: Task) -> int | None:
    return fingerprint(visible_text(task.body, task.content_type))


def _texts(task: Task, directives: Iterable[str]) -> list[Note]:
    """Return a note for each directive that was looked for, so that it need not be again."""
    text = visible_text(task.body, task.content_type)
    return [
        Note("text-absent" if is_text_absent(each, text) else "text-present", each)
        for each in directives
    ]
