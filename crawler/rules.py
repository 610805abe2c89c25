"""A person's own rules for verdicts, as they stand in `[[rules]]` of the TOML."""

from dataclasses import dataclass
from typing import Self

from crawler.access import STATUSES, refuse_unknown, statuses_in
from crawler.errors import UsageError
from crawler.kinds import check_kinds
from crawler.model import WORDS, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a person decided: URLs like `url` that come to one of `status` get `verdict`.

    In `url`, which is compared with the canonical URL, without a fragment, `*` stands for anything
    and nothing else is special. `status` has numbers, and words such as `timeout`, `challenge` or
    `fragment`.
    """

    url: str
    status: tuple[int | str, ...]
    verdict: Verdict
    reason: str | None = None

    @classmethod
    def of(cls, table: object) -> Self:
        """Return the rule in a table of a TOML file; UsageError, in a sentence, for no rule."""
        if not isinstance(table, dict):
            raise UsageError("is no table")
        refuse_unknown(table, ("url", "status", "verdict", "reason"))
        return cls(
            url=str(table.get("url", "")),
            status=statuses_in("status", table.get("status")),
            verdict=_verdict(table.get("verdict")),
            reason=str(table["reason"]) if "reason" in table else None,
        )

    def __post_init__(self) -> None:
        object.__setattr__(self, "verdict", _verdict(self.verdict))
        check_kinds(self)
        if not self.url.startswith(("http://", "https://", "*")):
            raise UsageError(f"url must be a pattern such as 'https://host/*', not {self.url!r}")
        if "#" in self.url:
            whole = self.url.partition("#")[0]
            raise UsageError(f"url has no '#' in it: {whole!r} is about every fragment there")
        if not self.status:
            raise UsageError(f"status must be {STATUSES}")
        for each in self.status:
            if isinstance(each, int) and not 100 <= each <= 999:
                raise UsageError(f"status {each} is none from 100 to 999")
            if isinstance(each, str) and each not in WORDS:
                raise UsageError(f"status {each!r} is none of {', '.join(sorted(WORDS))}")


def _verdict(written: object) -> Verdict:
    if not isinstance(written, str) or written not in set(Verdict):
        raise UsageError(f"verdict must be one of {', '.join(Verdict)}, not {written!r}")
    return Verdict(written)
