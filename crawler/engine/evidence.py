"""What an answer says beside its status: walls, suspicions, certificates; what becomes notes."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from crawler.engine.reader import SMALL_PAGE
from crawler.fetch.telling import cookie_names
from crawler.judge.fragments import directive_of, is_text_absent
from crawler.judge.suspects import suspicion
from crawler.judge.walls import wall_of
from crawler.model import Answer, Note, Reading, Request
from crawler.parse.gate import Format, format_of
from crawler.parse.reading import Task
from crawler.parse.visible import duplicate_ids, heading, is_drawn_by_script, visible_text
from crawler.urls import url_id

_SOON = 14 * 24 * 3600
_MOST_DUPLICATES = 20
# A larger one is not read a second time for a note.
_LARGEST = 2 * 1024 * 1024


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
        """Return a note, once for each host, where the certificate ends within 14 days."""
        ends = answer.certificate_ends
        if ends is None or request.host in self._certified:
            return []
        self._certified.add(request.host)
        if ends - time.time() > _SOON:
            return []
        return [Note("certificate", f"ends on {datetime.fromtimestamp(ends, UTC):%Y-%m-%d}")]

    def suspicion(self, title: str | None, answer: Answer, content_type: str) -> str | None:
        """Return why an answer of 200 may not be what was asked for, if anything says so."""
        return suspicion(title, heading(answer.body, content_type), answer.body)

    async def of_document(self, task: Task, reading: Reading) -> tuple[Reading, list[Note]]:
        """Return the reading of an HTML document with what needs a second look, and notes on it."""
        self._remember_directives(reading)
        if format_of(task.content_type) is not Format.HTML or len(task.body) > _LARGEST:
            return reading, []
        if len(task.body) <= SMALL_PAGE:
            return self._look(task, reading)
        return await asyncio.to_thread(self._look, task, reading)

    def redirected(self, source_id: int, target_id: int) -> None:
        """Look for the text directives of links to the one in the other."""
        if directives := self._directives.get(source_id):
            self._directives[target_id] |= directives

    def _remember_directives(self, reading: Reading) -> None:
        for row in reading.links:
            if ":~:" in row[2] and (directive := directive_of(row[2])):
                self._directives[row[1]].add(directive)

    def _look(self, task: Task, reading: Reading) -> tuple[Reading, list[Note]]:
        body, content_type, anchors = task.body, task.content_type, len(reading.anchors)
        drawn = is_drawn_by_script(body, content_type, anchors)
        twice = duplicate_ids(body, content_type, anchors)[:_MOST_DUPLICATES]
        notes = [Note("duplicate-id", name) for name in twice]
        return reading._replace(drawn=drawn), notes + self._absent(task)

    def _absent(self, task: Task) -> list[Note]:
        directives: Iterable[str] = self._directives.get(url_id(task.url), ())
        if not directives:
            return []
        text = visible_text(task.body, task.content_type)
        return [Note("text-absent", each) for each in directives if is_text_absent(each, text)]
