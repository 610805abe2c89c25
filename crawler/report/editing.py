"""Which file a person edits to mend a link, and on which line of it."""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from crawler.fetch.files import file_at
from crawler.fetch.listing import SUFFIXES
from crawler.report.sources import Sources
from crawler.store.finding import Finding, KnownRun
from crawler.store.findings import Findings
from crawler.store.site import PageLink

# Where a code host lets a file be edited, or shows it: GitHub, GitLab, Gitea, Bitbucket.
_HOSTED = re.compile(
    r"https?://[^/]+/.+?/(?:-/)?(?P<verb>edit|_edit|blob|tree|src/branch|src)/[^/]+/(?P<path>[^?#]+)"
)
_EDITS = ("edit", "_edit")
_SAYS_SO = re.compile(
    r"\b(edit|improve|view|show)\b.*?\b(page|source|on git)|page source", re.IGNORECASE
)
# The sources that others link to by their names.
_LINKED = (".md", ".mdx", ".rst", ".adoc")
# The text of a page as Sphinx copies it beside the page.
_COPIED = re.compile(r".*/_sources/(?P<path>[^?#]+?)(?:\.txt)?(?:[?#]|$)")


@dataclass(frozen=True, slots=True)
class EditedFile:
    """A file, and whether it is the very page that was read, line for line."""

    file: str
    is_page: bool = False

    @property
    def is_built(self) -> bool:
        """Whether it is a page that something else may have been made into."""
        return self.is_page and not self.file.lower().endswith(SUFFIXES)


class Editing:
    """Places findings; remembers the files of the pages it was asked for last, nothing else."""

    def __init__(self, findings: Findings, run: KnownRun, roots: Iterable[Path]) -> None:
        self._findings = findings
        self._run = run
        self._sources = Sources(roots)
        self._known: dict[str, EditedFile | None] = {}

    async def placed(self, finding: Finding) -> Finding:
        """Return `finding` with the file and the line to edit, as far as they can be known."""
        edited = await self._edited(finding.source)
        # Who writes the whole address elsewhere has not written a link that is relative.
        if "//" in finding.href and (edited is None or edited.is_built):
            file = self._sources.with_text(*_forms(finding.place, finding.target))
            edited = edited if file is None else EditedFile(file)
        if edited is None:
            return finding
        file = edited.file
        line = finding.line if edited.is_page else self._sources.line(file, _traces(finding))
        return finding._replace(file=file, file_line=line)

    async def _edited(self, source: str) -> EditedFile | None:
        if source not in self._known:
            if len(self._known) > 10_000:
                self._known.clear()
            links = await self._findings.links_of(self._run.id, source)
            self._known[source] = self._find(source, links)
        return self._known[source]

    def _find(self, source: str, links: Sequence[PageLink]) -> EditedFile | None:
        built = _built(source, self._run.folders)
        if built is not None and not built.is_built:
            return built
        named = next(filter(None, map(_named, links)), None)
        if named is not None:
            # The folders at hand may be within what the link names: website/docs in docs.
            within = filter(None, map(self._sources.file, _shortened(named)))
            return EditedFile(next(within, named))
        path = self._sources.of_page(_path_below(source, self._run.seeds))
        return built if path is None else EditedFile(path)


def _shortened(path: str) -> Iterator[str]:
    """Yield `path`, and what is left of it without its first folders, a folder at least."""
    yield path
    parts = path.split("/")
    yield from ("/".join(parts[first:]) for first in range(1, len(parts) - 1))


def _named(link: PageLink) -> str | None:
    """Return the path of the source file that a page's link for editors names."""
    if copied := _COPIED.fullmatch(link.target):
        return _safe(copied["path"])
    hosted = _HOSTED.match(link.target)
    if hosted and (hosted["verb"] in _EDITS or _SAYS_SO.search(link.text)):
        return _safe(hosted["path"])
    return None


def _safe(path: str) -> str | None:
    """Return `path`, which a page gave, unless it leads out of the folder it is relative to."""
    parts = PurePosixPath(unquote(path)).parts
    return None if ".." in parts or not parts or parts[0] == "/" else "/".join(parts)


def _built(source: str, folders: Mapping[str, str]) -> EditedFile | None:
    """Return the file of a crawled folder that answered for `source`."""
    base = max((base for base in folders if source.startswith(base)), key=len, default=None)
    if base is None:
        return None
    file = file_at(Path(folders[base]), source[len(base) :].partition("?")[0])
    return None if file is None else EditedFile(_shown(file), is_page=True)


def _shown(file: Path) -> str:
    """Return the path of `file` from the working folder where it is below."""
    here = Path.cwd()
    return (file.relative_to(here) if file.is_relative_to(here) else file).as_posix()


def _path_below(url: str, bases: Iterable[str]) -> str:
    """Return the path of `url` below the longest of `bases` that it begins with, decoded."""
    folders = sorted((base.rpartition("/")[0] + "/" for base in bases), key=len, reverse=True)
    base = next((folder for folder in folders if url.startswith(folder)), None)
    below = urlsplit(url).path.lstrip("/") if base is None else url[len(base) :].partition("?")[0]
    return _safe(below) or ""


def _name_in(url: str) -> str:
    """Return the name of the file in a URL; what is none was kept as it was written."""
    try:
        return PurePosixPath(urlsplit(url).path).name
    except ValueError:
        return ""


def _traces(finding: Finding) -> list[str]:
    """Return what a source file may say of the link, the surest first."""
    name = _name_in(finding.target)
    stem = name.rpartition(".")[0] or name
    href = finding.href.strip()
    fragments = (f"#{each}" for each in (finding.fragment, unquote(finding.fragment)) if each)
    whole = (finding.place, finding.target) if finding.whole else (finding.place,)
    addresses = _forms(*whole, href, *fragments, href.partition("#")[0], *_written(name, stem))
    texts = (f"[{finding.text}]", finding.text) if finding.text else ()
    # A bare name may be a word of the text as well: it comes last.
    links = (each for each in (*addresses, *texts) if each != stem)
    traces = dict.fromkeys((*links, *_forms(stem)))
    return [trace for trace in traces if len(trace) > 1 and trace.strip("./")]


def _written(name: str, stem: str) -> Iterator[str]:
    """Yield what a link to a page of that name may be in a source."""
    if name != stem:
        yield name
    if stem:
        yield from (f"{stem}{suffix}" for suffix in _LINKED)
        yield from (f"/{stem}", f"{stem}/")


def _forms(*addresses: str) -> Iterable[str]:
    """Return `addresses`, each as it is and as HTML has it, without what is the same."""
    both = ((each, html.escape(each, quote=False)) for each in addresses)
    return dict.fromkeys(form for forms in both for form in forms)
