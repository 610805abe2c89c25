"""Numbers of bytes, as people write them."""

import re
from typing import Self

_UNITS = {
    "": 1,
    "b": 1,
    "k": 1024,
    "kib": 1024,
    "m": 1024**2,
    "mib": 1024**2,
    "g": 1024**3,
    "gib": 1024**3,
}


class Size(int):
    """A number of bytes, written as `4096`, `512KiB` or `8MiB`."""

    def __new__(cls, written: str | int) -> Self:
        """Return the size that `written` stands for; ValueError where it is none."""
        match = re.fullmatch(r"(\d+)\s*([a-z]*)", str(written).strip().lower())
        if match is None or match[2] not in _UNITS:
            raise ValueError(f"not a size: {written}")
        return super().__new__(cls, int(match[1]) * _UNITS[match[2]])

    def __str__(self) -> str:
        """Return the size as it is written, in the greatest unit that it is a multiple of."""
        units = ("GiB", "MiB", "KiB")
        whole = (unit for unit in units if self and not self % _UNITS[unit.lower()])
        unit = next(whole, "")
        return f"{int(self) // _UNITS[unit.lower()]}{unit}"

    __repr__ = __str__
