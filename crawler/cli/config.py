"""Files of options: what is wrong in one is said with the name of the file."""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

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

    What is no option is a UsageError where `strict`, as is what is no TOML.
    """
    path = file.path.absolute()
    known = {option.key.replace("-", "_"): option.field for option in options}
    written: dict[str, Written] = {}
    for key, value in _table_of(path, file.keys).items():
        name = key.replace("-", "_")
        if name == _SEEDS:
            continue  # no option: flags have no name for them
        if name in _TABLES:
            if made := _TABLES[name](value, path):
                written[name] = Written(made, "")
        elif name in known:
            written[known[name]] = Written(value, f"[{key}] from {path}")
        elif strict:
            raise UsageError(_unknown([*file.keys, *_keys_to(key, value)], path, options))
    return written


def seeds_in_files() -> list[Seed]:
    """Return what FILES say under `urls`; folders are relative to the file."""
    return [seed for file in FILES for seed in _seeds_in(file)]


def _seeds_in(file: OptionsFile) -> list[Seed]:
    path = file.path.absolute()
    urls = _table_of(path, file.keys).get(_SEEDS, [])
    if not isinstance(urls, list):
        raise UsageError(f"{path}: {_SEEDS} is a list of seeds")
    try:
        return [seed_of(str(url), path.parent) for url in urls]
    except UsageError as error:
        raise UsageError(f"{path}: {_SEEDS}: {error}") from None


def _table_of(path: Path, keys: tuple[str, ...]) -> dict[str, Any]:
    table = _read(path)
    for number, key in enumerate(keys, 1):
        table = table.get(key, {})
        if not isinstance(table, dict):
            raise UsageError(f"{path}: {'.'.join(keys[:number])} is no table")
    return table


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8 (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: is not TOML: {error}") from error


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


_TABLES: Mapping[str, Callable[[object, Path], tuple[object, ...]]] = {
    "rules": _rules,
    "hosts": _hosts,
}


def _keys_to(key: str, value: object) -> Iterator[str]:
    yield key
    while isinstance(value, dict) and value:
        key, value = next(iter(value.items()))
        yield key


def _unknown(keys: Sequence[str], path: Path, options: list[Option]) -> str:
    """Return a sentence that names the key as it stands in the file, and the nearest option."""
    nearest = get_close_matches(keys[-1], [option.key for option in options], n=1)
    advice = f", did you mean {nearest[0]}?" if nearest else ""
    return f"{path}: there is no option {'.'.join(keys)}{advice}"
