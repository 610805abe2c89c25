"""The URLs of a web app manifest (W3C Web Application Manifest)."""

from collections.abc import Iterator

from crawler.parse.json_text import json_in, whole
from crawler.parse.reference import Reference

# Members that are lists of objects, with the member of each that is a URL.
_LISTS = (("icons", "src"), ("screenshots", "src"), ("shortcuts", "url"))

# Beside its icons, a manifest of an app says at least one of these.
_TELLING = ("start_url", "display", "short_name", "theme_color")


def manifest_references(source: str) -> list[Reference]:
    """Return what the manifest `source` refers to; nothing where it is none."""
    manifest = json_in(source)
    return list(_of_app(manifest)) if isinstance(manifest, dict) else []


def is_manifest(source: str) -> bool:
    """Return whether the JSON `source` can be a manifest at all; that of a program is not."""
    return '"icons"' in source and any(f'"{name}"' in source for name in _TELLING)


def _of_app(manifest: dict[object, object]) -> Iterator[Reference]:
    yield from _reference("manifest start_url", manifest.get("start_url"))
    for name, member in _LISTS:
        for entry in _objects(manifest.get(name)):
            yield from _reference(f"manifest {name}", entry.get(member))
            for icon in _objects(entry.get("icons")):
                yield from _reference(f"manifest {name} icons", icon.get("src"))


def _objects(value: object) -> Iterator[dict[object, object]]:
    if isinstance(value, list):
        yield from (entry for entry in value if isinstance(entry, dict))


def _reference(kind: str, url: object) -> Iterator[Reference]:
    if isinstance(url, str) and url.strip():
        yield Reference(kind, whole(url))
