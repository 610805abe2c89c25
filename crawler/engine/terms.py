"""The terms of a run, its seeds and settings, as the text that its row keeps."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from crawler.access import HostSettings
from crawler.engine.seeds import Seed
from crawler.errors import UsageError
from crawler.rules import Rule
from crawler.settings import Settings
from crawler.size import Size

_TIMES = ("deadline", "confirm_after", "recheck_after")
_LISTS = ("include", "exclude", "allow_private")
# What is stored without its secret, and of no use so.
_SECRET = ("header", "auth", "proxy")
# What the process decides that joins a run.
_OWN = ("db", "resume", "workers_here", "ray")


def terms(seeds: Sequence[Seed], settings: Settings) -> str:
    """Return what a run is asked to do, as JSON; secrets are left out."""
    return _json(
        {
            "seeds": [seed.url for seed in seeds],
            "folders": {seed.published: str(seed.folder) for seed in seeds if seed.folder},
            "bases": {seed.url: seed.base for seed in seeds if seed.base},
            **asdict(settings),
            "db": str(settings.database),
        }
    )


def series_of(seeds: Iterable[Seed]) -> str:
    """Return what the runs have in common that know one another: a built site is not the web's."""
    return _json(sorted({(seed.url, "web" if seed.folder is None else "folder") for seed in seeds}))


def settings_in(text: str) -> Settings:
    """Return the settings in terms; UsageError where the run needs what only its beginner knows."""
    said = json.loads(text)
    withheld = [name for name in _SECRET if said.get(name)]
    withheld += [host["origin"] for host in said["hosts"] if host["header"] or host["auth"]]
    if withheld:
        raise UsageError(
            f"the run sends what is secret ({', '.join(withheld)}): only who began it can"
        )
    values = {
        name: said[name]
        for name in Settings.__dataclass_fields__
        if name in said and name not in (*_SECRET, *_OWN)
    }
    values |= {name: timedelta(seconds=said[name]) for name in _TIMES if said[name] is not None}
    values |= {name: tuple(said[name]) for name in _LISTS}
    rules = ({name: given for name, given in rule.items() if given} for rule in said["rules"])
    values |= {
        "max_body": Size(said["max_body"]),
        "rules": tuple(map(Rule.of, rules)),
        "hosts": tuple(map(_host_in, said["hosts"])),
    }
    return Settings(**values)


def seeds_in(text: str) -> list[Seed]:
    """Return the seeds in terms; UsageError where the folder of one is not on this machine."""
    said = json.loads(text)
    seeds = []
    for url in said["seeds"]:
        base = said["bases"].get(url)
        folder = said["folders"].get(base or url)
        if folder is not None and not Path(folder).is_dir():
            raise UsageError(f"the run is of a folder that is not on this machine: {folder}")
        seeds.append(Seed(url, None if folder is None else Path(folder), base))
    return seeds


def _host_in(said: dict[str, object]) -> HostSettings:
    table = {name.replace("_", "-"): said[name] for name in ("per_host", "delay", "accept")}
    given = {name: value for name, value in table.items() if value is not None}
    return HostSettings.of(str(said["origin"]), given)


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), default=_plain)


def _plain(value: object) -> object:
    return value.total_seconds() if isinstance(value, timedelta) else str(value)
