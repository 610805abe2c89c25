"""Files of options: what cannot be read of one is said with the name of the file."""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from crawler.access import HostSettings
from crawler.cli.options import Option
from crawler.cli.values import Written
from crawler.engine.seeds import Seed, seed_of
from crawler.errors import UsageError
from crawler.rules import Rule


class OptionsFile(NamedTuple):
    """Where options may be written: a TOML file, and the keys of the table in it that has them."""

    path: Path
    keys: tuple[str, ...] = ()


FILES = (
    OptionsFile(Path("crawler.toml")),
    OptionsFile(Path("pyproject.toml"), ("tool", "crawler")),
)
"The files that are looked for in the working directory; the first goes before the second."

_SEEDS = "urls"


def read_options(file: OptionsFile, options: list[Option], *, strict: bool) -> dict[str, Written]:
    """Return what `file` says, by the fields of `options`; nothing where there is no such file.

    UsageError for what is no TOML, for tables without sense, and, where `strict`, for what is no
    option.
    """
    known = {option.key: option for option in options if not option.is_rest}
    written: dict[str, Written] = {}
    for key, value in _table_of(file).items():
        path, option = file.path.absolute(), known.get(key.replace("_", "-"))
        if option is None:
            if strict and key != _SEEDS:
                keys = [*file.keys, *_keys_to(key, value)]
                raise UsageError(f"{path}: {_unknown(keys, [*known, _SEEDS])}")
            continue
        if option.field in written:
            raise UsageError(f"{path}: {option.key} is given more than once")
        made = _TABLES[option.kinds[0]](value, path) if option.is_table else value
        if made or not option.is_table:
            written[option.field] = Written(made, f"[{key}] from {path}")
    return written


def seeds_in_files() -> list[Seed]:
    """Return what the first of FILES that has any says; folders are relative to the file."""
    return next(filter(None, map(seeds_in_file, FILES)), [])


def seeds_in_file(file: OptionsFile) -> list[Seed]:
    """Return what `file` says under `urls`; UsageError for what is no seed."""
    urls = _table_of(file).get(_SEEDS, [])
    if not isinstance(urls, list):
        raise UsageError(f"{file.path.absolute()}: {_SEEDS} is a list of seeds")
    try:
        return [seed_of(str(url), file.path.parent) for url in urls]
    except UsageError as error:
        raise UsageError(f"{file.path.absolute()}: {_SEEDS}: {error}") from None


def _table_of(file: OptionsFile) -> dict[str, object]:
    table = _read(file.path)
    for number, key in enumerate(file.keys, 1):
        within = table.get(key, {})
        if not isinstance(within, dict):
            raise UsageError(f"{file.path.absolute()}: {'.'.join(file.keys[:number])} is no table")
        table = within
    return table


def _read(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{path.absolute()}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path.absolute()}: is not UTF-8 (byte {error.start})") from error
    except (ValueError, RecursionError) as error:  # of long numbers and deep lists too
        raise UsageError(f"{path.absolute()}: is not TOML: {error}") from error


def _rules(tables: object, path: Path) -> tuple[Rule, ...]:
    if not isinstance(tables, list):
        raise UsageError(f"{path}: rules are written as tables: [[rules]]")
    rules = []
    for number, table in enumerate(tables, 1):
        try:
            rules.append(Rule.of(table))
        except UsageError as error:
            raise UsageError(f"{path}: rule {number}: {error}") from None
    return tuple(rules)


def _hosts(tables: object, path: Path) -> tuple[HostSettings, ...]:
    if not isinstance(tables, dict):
        raise UsageError(f"{path}: hosts are written as tables: [hosts.'https://host']")
    hosts = []
    for origin, table in tables.items():
        try:
            hosts.append(HostSettings.of(origin, table))
        except UsageError as error:
            raise UsageError(f"{path}: host {origin}: {error}") from None
    return tuple(hosts)


_TABLES: Mapping[object, Callable[[object, Path], tuple[object, ...]]] = {
    Rule: _rules,
    HostSettings: _hosts,
}


def _keys_to(key: str, value: object) -> Iterator[str]:
    yield key
    while isinstance(value, dict) and value:
        key, value = next(iter(value.items()))
        yield key


def _unknown(keys: Sequence[str], known: Sequence[str]) -> str:
    """Return a sentence that names the key as it stands in the file, and the nearest option."""
    nearest = get_close_matches(keys[-1], known, n=1)
    advice = f", did you mean {nearest[0]}?" if nearest else ""
    return f"there is no option {'.'.join(keys)}{advice}"
