"""What a command costs: wall time, processor time, and the memory of all its processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
CRAWLER = (sys.executable, "-m", "crawler")

_UNWANTED = {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
_LOOK = 0.02  # seconds between two looks at the memory
_SEARCH = 10  # looks between two searches for new processes
_PAGE = os.sysconf("SC_PAGE_SIZE")
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one run: seconds of wall and processor time, the peak RSS of its processes together in MB.

    `status` is the exit status; `output` what it wrote, standard error included.
    """

    wall: float
    cpu: float
    rss: float
    status: int
    output: str


@dataclass(frozen=True, slots=True)
class Contestant:
    """A command to be measured, and what has to be done before each of its runs."""

    name: str
    command: Sequence[str]
    prepare: Callable[[], None] = lambda: None


def measure(command: Sequence[str], folder: Path, limit: float = 3600) -> Cost:
    """Run `command` in `folder` to its end, and return what that cost; kill it after `limit` s."""
    output = folder / "output.txt"
    with output.open("wb") as stream:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        memory = _Memory(process.pid, begin + limit)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)  # so that nobody waits again
    return Cost(
        wall,
        used.ru_utime + used.ru_stime,
        memory.peak() / _MB,
        process.returncode,
        output.read_text("utf-8", "replace"),
    )


def environment() -> dict[str, str]:
    """Return the environment of what is measured, in which Python keeps what it compiled.

    Where it may not, each start compiles some hundred modules anew; so the first does, which does
    not count.
    """
    inherited = {key: value for key, value in os.environ.items() if key not in _UNWANTED}
    return {**inherited, "PYTHONPATH": str(ROOT)}


def race(
    contestants: Sequence[Contestant],
    folder: Path,
    repeat: int,
    warmed: Callable[[Contestant, Cost], None],
) -> Mapping[str, Sequence[Cost]]:
    """Return the costs of each contestant: one run untimed, `repeat` timed, all of them in turns.

    In turns, so that what disturbs the machine disturbs them alike. `warmed` is told of each
    untimed run, and may look at what it did.
    """
    costs: dict[str, list[Cost]] = {each.name: [] for each in contestants}
    for turn in range(repeat + 1):
        for each in contestants:
            each.prepare()
            cost = measure(each.command, folder)
            _say(f"{each.name}: {cost.wall:.2f} s{'' if turn else ', not counted'}")
            if turn:
                costs[each.name].append(cost)
            else:
                warmed(each, cost)
    return costs


def typical(costs: Sequence[Cost]) -> Cost:
    """Return the medians of `costs`; of memory the most."""
    return Cost(
        median(each.wall for each in costs),
        median(each.cpu for each in costs),
        max(each.rss for each in costs),
        costs[-1].status,
        costs[-1].output,
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class _Memory:
    """Watches the processes of a group until its leader ends; its thread alone writes `_most`."""

    def __init__(self, group: int, end: float) -> None:
        self._group = group
        self._end = end
        self._most = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def peak(self) -> int:
        """Return the most bytes that the group's processes had in memory together."""
        self._over.set()
        self._thread.join()
        return self._most

    def _watch(self) -> None:
        looks, members = 0, [self._group]
        while not self._over.wait(_LOOK):
            looks += 1
            if looks % _SEARCH == 1:
                members = _members(self._group)
            self._most = max(self._most, sum(map(_resident, members)))
            if time.perf_counter() > self._end:
                with suppress(ProcessLookupError):  # it has just ended
                    os.killpg(self._group, signal.SIGKILL)


def _members(group: int) -> list[int]:
    return [int(each.name) for each in Path("/proc").glob("[0-9]*") if _group(each) == group]


def _group(process: Path) -> int | None:
    try:
        stat = (process / "stat").read_text()
    except OSError:  # it has ended
        return None
    return int(stat.rpartition(")")[2].split()[2])


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):  # it has ended
        return 0
