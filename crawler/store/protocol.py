"""What the engine asks of a store, whichever database is behind it."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol

from crawler.model import Ending, Judgement, Note, Page, Request, RobotsFile, Run, Scope


class OpenPages(NamedTuple):
    """How many URLs of a run are open, by host, depth and scope.

    `not_before`, in seconds since the epoch, is when the last of them may be asked for that waits.
    """

    host: str
    depth: int
    scope: Scope
    number: int
    not_before: float = 0.0


class Unmatched(NamedTuple):
    """A fragment that no anchor of the document it leads to has as its name, to the letter.

    Links to `url` (its id is `target_id`) have `fragment`; what is looked for in the document, the
    one that `final_url` answered with, is `named`: redirects may say another. `drawn`: a script
    draws the document; `folded`: it is Markdown, where names are found in any case; `locked`: it is
    a login, and has a field for a password.
    """

    target_id: int
    fragment: str
    document_id: int
    url: str
    final_url: str
    named: str
    drawn: bool
    folded: bool
    locked: bool


class FragmentVerdict(NamedTuple):
    """The judgement on all links to one place in a target; `nearest` is an anchor that exists."""

    target_id: int
    fragment: str
    judgement: Judgement
    nearest: str | None


class IllPage(NamedTuple):
    """A page that is not ok, and why; or that is empty.

    `robots` is the outcome of the robots.txt of its host, None where nobody asked for it.
    """

    url: str
    verdict: str
    reason: str | None
    robots: str | None = None
    robots_status: int | None = None


class Strayed(NamedTuple):
    """A seed that leads to `final`, as it did not on the night before.

    `pages` of its host were read, and `known` that night.
    """

    url: str
    final: str
    pages: int
    known: int


class Hosts(NamedTuple):
    """How many hosts a run asked, and how many of them gave no answer at all.

    `known` are those that answered on the night before, `lost` those of them that did not now;
    `mute` are those that gave no answer on either.
    """

    asked: int
    failing: int
    known: int
    lost: int
    mute: int = 0


class Totals(NamedTuple):
    """What a run came to.

    `fetches` counts attempts, `failing_hosts` hosts that gave no answer at all, `drawn` followed
    pages that a script draws, `unlinked` pages in seeds' folders that nothing leads to, `suspect`
    URLs that are ok, but perhaps not the page. `skipped` are URLs by the reason for that, the most
    frequent first, and so are `refused`, the site's pages that kept us out.
    """

    pages: int
    followed: int
    links: int
    fetches: int
    hosts: int
    failing_hosts: int
    broken_links: int
    new_broken_links: int
    verdicts: dict[str, int]
    drawn: int = 0
    unlinked: int = 0
    suspect: int = 0
    skipped: Mapping[str, int] = MappingProxyType({})
    refused: Mapping[str, int] = MappingProxyType({})


class Store(Protocol):
    """Remembers runs. All methods raise StoreError where the database fails."""

    async def begin(self, series: str, settings: str, now: float, *, resume: bool) -> Run:
        """Start a run, or continue the newest unfinished one of its series.

        `series` is what runs that belong together have in common, as text; `settings` are JSON.
        UsageError where that run checked other things than these settings ask for.
        """

    async def add(self, run_id: int, requests: Sequence[Request]) -> list[Request]:
        """Store requests that may be new; return those that were, and are open."""

    async def write(self, run_id: int, pages: Sequence[Page]) -> list[Request]:
        """Store `pages` and all they brought in one transaction; return what is new and open."""

    async def seeds(self, run_id: int) -> list[str]:
        """Return the URLs of depth 0: the seeds, and where they have moved to."""

    async def open_pages(self, run_id: int) -> list[OpenPages]:
        """Return what is left to do."""

    async def window(self, run_id: int, host: str, most: int) -> list[Request]:
        """Return up to `most` open requests of `host`, the shallowest first."""

    async def new_targets(
        self, run_id: int, document_ids: Sequence[int]
    ) -> dict[int, list[tuple[int, str, bool]]]:
        """Return, by document, id and URL of what it links to that the run has not met so near.

        The last value says whether a link names a place in it.
        """

    async def robots(self, run_id: int, host: str) -> RobotsFile | None:
        """Return what became of the robots.txt of `host`, where the run has asked for it."""

    async def settle_chains(self, run_id: int, most: int) -> None:
        """Give every redirect the verdict of its end, or that of a loop or of more than `most`."""

    async def endless_redirects(self, run_id: int) -> list[tuple[int, str, str]]:
        """Return id, URL and reason of redirects in a loop, or of which there are too many."""

    async def end_redirects(self, run_id: int, verdicts: Sequence[tuple[int, Judgement]]) -> None:
        """Give redirects verdicts of their own: they lead nowhere any more."""

    async def settle_depths(self, run_id: int, late: Sequence[int] | None) -> None:
        """Give every page the depth that redirects now show, and the links of `late` pages.

        None: the links of all pages.
        """

    async def misjudged(self, run_id: int, hosts: Collection[str], deepest: float) -> list[Request]:
        """Return what is done of `hosts` as a leaf no deeper than `deepest`, or as external."""

    async def cut_chains(self, run_id: int, most: int) -> list[Request]:
        """Return what was too many redirects away and now turns out to be at most `most` away."""

    async def unread_leaves(self, run_id: int) -> list[Request]:
        """Return the leaves whose body must be read for a fragment after all."""

    async def misled_leaves(self, run_id: int) -> list[Request]:
        """Return the leaves that were asked by HEAD, and redirected to what is dead."""

    async def reopen(self, run_id: int, requests: Sequence[Request]) -> None:
        """Have what is done asked for once more, as the `requests` say."""

    async def cookie_loops(self, run_id: int) -> list[tuple[Request, bool]]:
        """Return what redirects in circles, and whether it set a cookie when it was asked."""

    async def soft_leaves(self, run_id: int) -> list[Request]:
        """Return the leaves, asked for their headers only, of hosts that answer to anything."""

    async def unread_texts(self, run_id: int) -> list[tuple[Request, str]]:
        """Return pages with the text directives of links to them that were not looked for yet."""

    async def absent_texts(self, run_id: int) -> list[tuple[str, str]]:
        """Return URL and text directive where the document there has no such text."""

    async def transient_pages(self, run_id: int, not_before: float, tries: int) -> list[Request]:
        """Reopen what is unsettled, for once more, `not_before` that time (since the epoch).

        Return it, as tried so often before.
        """

    async def home_redirects(self, run_id: int) -> list[tuple[int, str]]:
        """Return id and URL of what redirects lead to the home page of its host."""

    async def keep_copies(self, run_id: int) -> None:
        """Note the copies that were known on the night before, of what is broken yet."""

    async def dead_pages(self, run_id: int, most: int) -> list[tuple[int, str, str | None]]:
        """Return id and URL of broken pages without a known copy, and when each was well.

        Where there are more than `most`, each run has others of them.
        """

    async def moves(self, run_id: int, most: int) -> list[tuple[int, str, int, str]]:
        """Return id and URL of permanent redirects that end well, and of where they lead.

        There are at most `most` on the way.
        """

    async def write_moves(self, run_id: int, moves: Sequence[tuple[int, int]]) -> None:
        """Store what to link to instead of redirects: the id of each, and that of the other."""

    async def write_notes(self, run_id: int, notes: Sequence[tuple[int, Note]]) -> None:
        """Store notes, each after the id of its URL."""

    async def suspicious_hosts(self, run_id: int) -> list[str]:
        """Return the hosts of pages that are noted as suspect, and of three that are the same."""

    async def suspects(self, run_id: int) -> list[tuple[int, str]]:
        """Return id and URL of such pages, but not of those that only lead home."""

    async def confirmed_suspects(self, run_id: int) -> list[tuple[int, str]]:
        """Return id and URL of the ok pages of which a host said the same as of what nobody made.

        It said so at its root, or in a folder that the page is in.
        """

    async def condemn_known(self, run_id: int) -> None:
        """Have pages that fail, and are known as broken, be broken, and so redirects to them."""

    async def dead_refreshes(self, run_id: int) -> list[tuple[int, str]]:
        """Return id and URL of the ok pages that refresh to a broken one."""

    async def is_cut_off(self, run_id: int, host: str, deepest: float) -> bool:
        """Return whether `host` has pages of HTML deeper than `deepest`: these lead nowhere."""

    async def urls(self, run_id: int, host: str, after: str | None, most: int) -> list[str]:
        """Return `most` of the URLs of `host` that the run has met, those behind `after`."""

    async def write_unlinked(self, run_id: int, host: str, urls: Sequence[str]) -> None:
        """Note pages of `host` that nothing leads to."""

    async def settle_notes(self, run_id: int) -> None:
        """Drop the notes that no link is concerned by."""

    async def lasting_failures(self, run_id: int, ending: Ending) -> list[tuple[int, Judgement]]:
        """Return the pages that fail, and are known as broken once the run so ended counts."""

    async def condemn(self, run_id: int, verdicts: Sequence[tuple[int, Judgement]]) -> None:
        """Replace the verdicts on pages."""

    async def unmatched_fragments(self, run_id: int) -> list[Unmatched]:
        """Return the fragments that are left to be judged."""

    async def unread_fragments(self, run_id: int) -> list[tuple[int, str, str, str]]:
        """Return id, fragment, URL and reason of ok pages: too large to look for it, or empty."""

    async def anchors(self, document_id: int) -> list[str]:
        """Return the anchors of a document."""

    async def refreshed_to(self, run_id: int, document_id: int) -> list[int | None]:
        """Return the documents that one refreshes to, few if any; None for one not read."""

    async def write_fragments(self, run_id: int, verdicts: Sequence[FragmentVerdict]) -> None:
        """Replace the verdicts on fragments."""

    async def explain_open(self, run_id: int, reason: str) -> None:
        """Say of every open page why it was not asked for; it stays open."""

    async def hosts(self, run_id: int) -> Hosts:
        """Return how many hosts answered."""

    async def totals(self, run_id: int) -> Totals:
        """Return what the run came to."""

    async def ill_pages(self, run_id: int, url_ids: Sequence[int]) -> list[IllPage]:
        """Return those of the given pages that are not ok, or empty, and not open either."""

    async def unasked_pages(self, run_id: int) -> list[tuple[str, int]]:
        """Return the hosts that were given up before all pages were read, and how many were not."""

    async def unread_pages(self, run_id: int, least: int) -> list[tuple[str, int, int]]:
        """Return hosts of whose pages a tenth, and `least`, lost the parser, and how many."""

    async def strayed_seeds(self, run_id: int, url_ids: Sequence[int], least: int) -> list[Strayed]:
        """Return seeds that newly lead elsewhere, where most of `least` known pages are missing."""

    async def missing_pages(self, run_id: int, least: int) -> tuple[int, int] | None:
        """Return how many pages were read, and on the night before, where most of `least` are gone.

        None where that has another reason than the site's: it was so in the run before already, or
        that night was asked to check something else.
        """

    async def end(self, run_id: int, ending: Ending) -> None:
        """Close the run; where it is a night, remember what is well and what is ill."""
