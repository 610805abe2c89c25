"""Files of options: what is wrong in one is said with the name of the file."""

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from cyclopts import App, ArgumentCollection, CycloptsError, UnknownOptionError
from cyclopts.config import Toml

from crawler.access import HostSettings
from crawler.engine.seeds import Seed, seed_of
from crawler.errors import UsageError
from crawler.rules import Rule


class ConfigFile(Toml):
    """A TOML file of options, or a table in one; where there is no such file, nothing is set.

    Its tables `[[rules]]` and `[hosts."origin"]`, and its list `urls`, are kept in `rules`, `hosts`
    and `seeds`: they are no options, and cyclopts cannot read them.
    """

    seeds: tuple[Seed, ...] = ()

    rules: tuple[Rule, ...] = ()
    hosts: tuple[HostSettings, ...] = ()

    def __call__(self, app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
        """Give `arguments` the values that nobody gave them yet."""
        self.rules, self.hosts, self.seeds = (), (), ()
        # Subcommands have some of the options of the crawl: what they do not know is not theirs.
        self.use_commands_as_keys, self.allow_unknown = False, bool(commands)
        try:
            super().__call__(app, commands, arguments)
        except UnknownOptionError as error:
            raise CycloptsError(msg=_unknown(error, self.source, arguments)) from None

    def _load_config(self, path: Path) -> dict[str, Any]:
        try:
            options = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
        except OSError as error:
            raise CycloptsError(msg=f"{path}: cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise CycloptsError(msg=f"{path}: is not UTF-8 (byte {error.start})") from error
        except tomllib.TOMLDecodeError as error:
            raise CycloptsError(msg=f"{path}: is not TOML: {error}") from error
        table: Any = options
        for key in self.root_keys:
            table = table.get(key, {})
        self.rules = _rules(table.pop("rules", []), path)
        self.hosts = _hosts(table.pop("hosts", {}), path)
        self.seeds = _seeds(table.pop("urls", []), path)
        return options


def _seeds(urls: object, path: Path) -> tuple[Seed, ...]:
    if not isinstance(urls, list):
        raise CycloptsError(msg=f"{path}: urls is a list of seeds")
    try:
        return tuple(seed_of(str(url), path.parent) for url in urls)
    except UsageError as error:
        raise CycloptsError(msg=f"{path}: urls: {error}") from None


def _rules(tables: object, path: Path) -> tuple[Rule, ...]:
    if not isinstance(tables, list):
        raise CycloptsError(msg=f"{path}: rules are written as tables: [[rules]]")
    rules = []
    for number, table in enumerate(tables, 1):
        try:
            rules.append(Rule.of(table))
        except UsageError as error:
            raise CycloptsError(msg=f"{path}: rule {number}: {error}") from None
    return tuple(rules)


def _hosts(tables: object, path: Path) -> tuple[HostSettings, ...]:
    if not isinstance(tables, dict):
        raise CycloptsError(msg=f"{path}: hosts are written as tables: [hosts.'https://host']")
    hosts = []
    for origin, table in tables.items():
        try:
            hosts.append(HostSettings.of(origin, table))
        except UsageError as error:
            raise CycloptsError(msg=f"{path}: host {origin}: {error}") from None
    return tuple(hosts)


def _unknown(error: UnknownOptionError, source: str, arguments: ArgumentCollection) -> str:
    """Return a sentence that names the key as it stands in the file, and the nearest option."""
    keys = (error.token.keyword or "").strip("[]").split("][")
    options = [argument.name.removeprefix("--") for argument in arguments if argument.parse]
    nearest = get_close_matches(keys[-1], options, n=1)
    advice = f", did you mean {nearest[0]}?" if nearest else ""
    return f"{source}: there is no option {'.'.join(keys)}{advice}"
