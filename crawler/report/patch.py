"""Sources with new addresses in the place of old ones, as a patch that `git apply` takes."""

import difflib
import html
import re
from collections.abc import Iterable, Iterator, Mapping

# What may stand on either side of an address in a source, and is no part of it. What a template
# puts there is, and so is a byte that is no UTF-8; an address in another's query is that one's.
_QUERY = r"(?P<query>(?:\?|&(?:amp;)?)[\w.-]*=)?"
_BEFORE = r"(?<![\w/.:%@~-])"
_AFTER = r"(?![\w/?&=%#~@+({$\udc80-\udcff-]|[.,;:!*']\w|\*/|<[\w-]+>/)"
_ODD = re.compile(r"[\0-\x1f\"\\\x7f]").search


def rewritten(source: str, addresses: Mapping[str, str]) -> str:
    """Return `source` with each whole address that is a key replaced by its value.

    In HTML an address may have its `&` written as `&amp;`: so has the new one.
    """
    both = dict(addresses) | {
        html.escape(old, quote=False): html.escape(new, quote=False)
        for old, new in addresses.items()
        if "&" in old
    }
    found = [re.escape(old) for old in sorted(both, key=len, reverse=True) if old in source]
    if not found:
        return source
    pattern = re.compile(f"{_QUERY}{_BEFORE}(?P<old>{'|'.join(found)}){_AFTER}")
    return pattern.sub(lambda match: match[0] if match["query"] else both[match["old"]], source)


def can_name(path: str) -> bool:
    """Return whether a patch can name a file; git writes some characters in a way of its own."""
    return _ODD(path) is None


def patch_of(path: str, source: str, new: str) -> Iterator[str]:
    """Yield the unified diff from `source` to `new`, for the file at `path`, line ends and all.

    `path` is what `git apply` calls the file: with slashes, relative to where it runs.
    """
    end = "\t" if " " in path else ""  # or the name would end at the blank
    names = (f"a/{path}{end}", f"b/{path}{end}")
    for line in difflib.unified_diff(_lines(source), _lines(new), *names):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """Return the lines as git counts them: only a line feed ends one."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def addresses_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return new addresses by old ones, of links as they are written; relative ones are left out.

    Where they would mean another thing is known only to who built the page.
    """
    written = ((old.strip(), new) for old, new in pairs)  # blanks around an address are none of it
    return {old: new for old, new in written if old.lower().startswith(("http://", "https://"))}
