"""Pages as servers hand them out of which something is on file, in a test."""

from aiohttp import web

from tests.site import Handler


def validated(html: str, content_type: str = "text/html") -> Handler:
    """Return a page with an ETag, which is sent only to who has another one."""

    async def answer(request: web.Request) -> web.StreamResponse:
        tag = f'"{hash(html):x}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(text=html, content_type=content_type, headers={"ETag": tag})

    return answer


def compressed(html: str) -> Handler:
    """Return a page as Apache compresses it: its ETag gets a suffix that Apache itself forgets."""

    async def answer(request: web.Request) -> web.StreamResponse:
        tag = f"{hash(html):x}"
        if f'"{tag}"' in request.headers.get("If-None-Match", "").split(", "):
            return web.Response(status=304, headers={"ETag": f'"{tag}"'})
        headers = {"ETag": f'"{tag}-gzip"', "Server": "Apache/2.4.66 (Debian)"}
        return web.Response(text=html, content_type="text/html", headers=headers)

    return answer


def answering_with(body: bytes, content_type: str) -> Handler:
    """Return a page of which the server says nothing but the type."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, headers={"Content-Type": content_type})

    return answer
