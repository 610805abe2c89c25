"""The pictures of a report, as SVG that takes its colours from the page around it.

To import it is to import pygal.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from xml.etree import ElementTree as ET

import pygal
from markupsafe import Markup
from pygal.config import Config
from pygal.graph.graph import Graph
from pygal.style import Style

from crawler.store.figures import Depth, HostFigures, Night

_WIDTH, _HEIGHT = 380, 200
_MOST_HOSTS = 10
_MOST_DAYS = 5
_DROPPED: set[object] = {"defs", "title", "desc", ET.Comment}
_ROW = 26
# pygal measures text by these sizes; what is seen is set by the page's own style sheet.
_STYLE = Style(label_font_size=11, major_label_font_size=11, value_font_size=11)

KINDS = ("404 and 410", "fragment", "other")
"The kinds of rot, in the order of their colours."

VERDICTS = ("ok", "broken", "blocked", "unsettled")
"What became of a URL, in the order of the colours."


def rot(nights: Sequence[Night]) -> Markup:
    """Draw the broken links of every night, by kind."""
    counted = [_kinds(night.broken) for night in nights]
    chart = pygal.StackedBar(_config(nights=nights))
    for kind in KINDS:
        chart.add(kind, [numbers[kind] for numbers in counted])
    return _svg(chart, "Broken links, night by night")


def size(nights: Sequence[Night]) -> Markup:
    """Draw how many URLs were checked, and pages followed, every night."""
    chart = pygal.Line(_config(nights=nights), include_x_axis=True)
    chart.add("URLs", [night.pages for night in nights])
    chart.add("pages followed", [night.followed for night in nights])
    return _svg(chart, "Size of the site, night by night")


def depths(found: Sequence[Depth]) -> Markup:
    """Draw how many URLs there are at every depth."""
    chart = pygal.StackedBar(_config())
    chart.x_labels = [str(each.depth) for each in found]
    chart.add("followed", [each.followed for each in found])
    chart.add("checked", [each.checked for each in found])
    return _svg(chart, "URLs by their number of links from a seed")


def verdicts(hosts: Sequence[HostFigures]) -> Markup:
    """Draw what became of the URLs of each host, in hundredths."""
    shown = hosts[:_MOST_HOSTS][::-1]
    chart = pygal.HorizontalStackedBar(_config(rows=len(shown)), value_formatter=_percent)
    chart.x_labels = [_name(host.key) for host in shown]
    for verdict in VERDICTS:
        shares = [100 * getattr(host, verdict) / max(_judged(host), 1) for host in shown]
        chart.add(verdict, shares)
    return _svg(chart, "Verdicts by host")


def latency(hosts: Sequence[HostFigures]) -> Markup:
    """Draw how long each host takes to answer: the median, and what 95 of 100 stay below."""
    shown = [host for host in hosts if host.late is not None][:_MOST_HOSTS][::-1]
    chart = pygal.HorizontalBar(_config(rows=len(shown)), value_formatter=_milliseconds)
    chart.x_labels = [_name(host.key) for host in shown]
    chart.add("95 of 100", [host.late for host in shown])
    chart.add("median", [host.median for host in shown])
    return _svg(chart, "Time to answer by host")


def _config(nights: Sequence[Night] = (), rows: int = 0) -> Config:
    config = Config(
        width=_WIDTH,
        height=_HEIGHT if not rows else 40 + _ROW * rows,
        margin=4,
        spacing=6,
        js=[],
        style=_STYLE,
        show_legend=False,
        explicit_size=False,
        disable_xml_declaration=True,
        min_scale=2,
        max_scale=4,
        order_min=0,  # what is counted comes whole
        value_formatter=_count,
        no_prefix=True,
        dots_size=2,
        truncate_label=-1,
    )
    if nights:
        config.x_labels = _names(nights)
        config.x_labels_major = config.x_labels[:: -len(nights) // _MOST_DAYS]
        config.show_minor_x_labels = False
        config.margin_right = 20
    return config


def _kinds(broken: str) -> dict[str, int]:
    numbers = dict.fromkeys(KINDS, 0)
    for reason, number in json.loads(broken).items():
        kind = "404 and 410" if reason in ("404", "410") else reason
        numbers[kind if kind in numbers else "other"] += number
    return numbers


def _judged(host: HostFigures) -> int:
    return host.ok + host.broken + host.blocked + host.unsettled


def _names(nights: Sequence[Night]) -> list[str]:
    """Return what tells the nights apart: their days, or their numbers where days had several."""
    days = [datetime.fromisoformat(night.started_at) for night in nights]
    names = [f"{day.day} {day:%b}" for day in days]
    return names if len(set(names)) == len(names) else [f"run {night.id}" for night in nights]


def _name(key: str) -> str:
    name = key.partition("://")[2]
    return name if len(name) <= 24 else f"{name[:23]}…"


def _count(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else ""


def _percent(value: float) -> str:
    return f"{value:.0f} %"


def _milliseconds(value: float) -> str:
    return f"{value:,.0f} ms" if value >= 10 else f"{value:.1f} ms"


def _svg(chart: Graph, title: str) -> Markup:
    """Return the chart without styles of its own; the value of a bar is said at the pointer."""
    root = chart.render_tree()
    del root.attrib["id"]
    root.set("role", "img")
    root.set("aria-label", title)
    for parent in list(root.iter()):
        _tidy(parent)
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - pygal escapes


def _tidy(parent: ET.Element) -> None:
    """Leave of comments, styles and values for scripts what a browser shows at the pointer."""
    parent.attrib.pop("style", None)
    said = {each.get("class"): "".join(each.itertext()) for each in parent.iterfind("desc")}
    for child in list(parent):
        if child.tag in _DROPPED:
            parent.remove(child)
    if "value" in said:
        title = ET.SubElement(parent, "title")
        title.text = f"{said.get('x_label', '')}: {said['value']}"
