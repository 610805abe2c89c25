"""Promises about certificates, by servers with some of our own making."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from crawler.fetch.trust import _OP_LEGACY_SERVER_CONNECT, Trust
from tests.command import run
from tests.night import Night, Outcome
from tests.rude import answering
from tests.site import Site

PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nfine"


def presenting(certificate: trustme.LeafCert, *, alone: bool = False) -> ssl.SSLContext:
    """Return how a server presents `certificate`; `alone`: without those that it hangs on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    chain = certificate.cert_chain_pems[: 1 if alone else None]
    together = b"".join(pem.bytes() for pem in [certificate.private_key_pem, *chain])
    with trustme.Blob(together).tempfile() as path:
        context.load_cert_chain(path)
    return context


@pytest.mark.parametrize("known", ["nothing", "a file", "a folder"])
async def test_that_no_authority_is_known_is_said_and_not_left_to_each_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, known: str
) -> None:
    file, folder = tmp_path / "known.pem", tmp_path / "folder"
    folder.mkdir()
    pem = trustme.CA().cert_pem
    if known != "nothing":
        pem.write_to_path(file if known == "a file" else folder / "0a1b2c3d.0")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    monkeypatch.setenv("SSL_CERT_DIR", str(folder))

    await Trust().context()

    said = (
        "no authority that certifies servers is known here, so https cannot be verified:"
        " SSL_CERT_FILE names a file with their certificates"
    )
    assert caplog.messages == [said] * (known == "nothing")


async def test_servers_that_browsers_trust_are_trusted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strict = ssl.create_default_context()
    strict.verify_flags |= ssl.VERIFY_X509_STRICT  # as of Python 3.13
    monkeypatch.setattr(ssl, "create_default_context", lambda: strict)

    context = await Trust().context()

    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert context.options & _OP_LEGACY_SERVER_CONNECT
    assert not [each for each in context.get_ciphers() if "kx-dhe" in str(each.get("kea"))]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert not context.hostname_checks_common_name


@pytest.mark.parametrize("where", ["nowhere/keys", "."])
def test_a_file_for_keys_that_cannot_be_written_is_done_without(tmp_path: Path, where: str) -> None:
    (tmp_path / "index.html").write_text("<title>A page</title>")

    done = run(
        ".",
        *("--db", "crawl.db", "--progress", "none"),
        cwd=tmp_path,
        environment={"SSLKEYLOGFILE": where},
    )

    assert done.returncode == 0
    assert done.stderr.startswith(f"crawler: SSLKEYLOGFILE: {where}: cannot be written: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
async def test_certificates_that_end_soon_or_stand_alone_are_noted(
    site: Site, night: Night, tmp_path: Path
) -> None:
    authority = trustme.CA()
    between = authority.create_child_ca()
    day = datetime.now(UTC) + timedelta(days=13)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    name = "127.0.0.1"
    async with (
        answering(PAGE, presenting(authority.issue_cert(name))) as good,
        answering(PAGE, presenting(between.issue_cert(name))) as whole,
        answering(PAGE, presenting(authority.issue_cert(name, not_after=day))) as ending,
        answering(PAGE, presenting(between.issue_cert(name), alone=True)) as alone,
        answering(PAGE, presenting(authority.issue_cert("other.test"))) as other,
        answering(PAGE, presenting(authority.issue_cert(common_name="localhost"))) as old,
    ):
        by_name = old.replace(name, "localhost")
        site.links("/", good, whole, ending, alone, other, by_name)
        environment = {"SSL_CERT_FILE": str(tmp_path / "ca.pem")}
        arguments = [site.url(), "--db", str(night.db), "--second-look", "0", "--robots", "ignore"]

        await asyncio.to_thread(run, *arguments, cwd=tmp_path, environment=environment)

    assert [night.outcome(url) for url in (good, whole, ending)] == [Outcome("ok")] * 3
    assert night.outcome(alone) == Outcome("unverifiable", "tls-chain")
    assert night.outcome(other) == night.outcome(by_name) == Outcome("transient", "tls")
    notes = dict(night.rows("SELECT url, detail FROM notes WHERE kind = 'certificate'"))
    assert notes.keys() == {ending, alone}
    assert notes[ending] == f"ends on {day:%Y-%m-%d}"
    assert notes[alone].startswith("its issuer is not known here")
