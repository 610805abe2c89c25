"""The report as SARIF 2.1.0, which code hosts show beside the lines it is about."""

import os
from collections.abc import AsyncGenerator
from hashlib import blake2b
from urllib.parse import quote, unquote_to_bytes, urlsplit

from crawler.report.hosted import hosted_path
from crawler.report.json import encoded, separated
from crawler.report.phrases import notices
from crawler.report.printable import printable
from crawler.report.subject import Subject
from crawler.store.finding import Finding

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


async def sarif_report(subject: Subject) -> AsyncGenerator[str]:
    """Yield the document; the rules, one for each reason, come when all results are known."""
    reasons: set[str] = set()
    yield f'{{"$schema": "{_SCHEMA}", "version": "2.1.0", "runs": [{{'
    yield '"columnKind": "unicodeCodePoints", "results": ['
    async with subject.broken() as found:
        async for line in separated(_result(each, reasons) async for each in found):
            yield line
    rules = [_rule(reason) for reason in sorted(reasons)]
    told = [{"level": "error", "message": {"text": _unlinked(s)}} for s in notices(subject.run)]
    invocation: dict[str, object] = {
        "executionSuccessful": not told,
        "toolExecutionNotifications": told,
    }
    driver = {"name": "crawler", "version": subject.run.version, "rules": rules}
    yield f'], "invocations": [{encoded(invocation)}],'
    yield f'"tool": {encoded({"driver": driver})}}}]}}'


def _rule(reason: str) -> dict[str, object]:
    text = f"A link leads nowhere: {reason}"
    return {
        "id": reason,
        "shortDescription": {"text": text},
        "defaultConfiguration": {"level": "error"},
    }


def _result(finding: Finding, reasons: set[str]) -> str:
    reasons.add(finding.reason)
    result = {
        "ruleId": finding.reason,
        "level": "error",
        "message": {"text": _message(finding)},
        "locations": [{"physicalLocation": _location(finding)}],
        "partialFingerprints": {"link/v1": _fingerprint(finding)},
        "baselineState": "new" if finding.is_new else "unchanged",
        "properties": {"source": finding.source, "nights": finding.nights},
    }
    return encoded(result)


def _location(finding: Finding) -> dict[str, object]:
    if finding.file is None:
        uri, line = _path_of(finding.source), finding.line
    else:
        uri, line = quote(os.fsencode(hosted_path(finding.file))), finding.file_line
    location: dict[str, object] = {"artifactLocation": {"uri": uri}}
    return {**location, "region": {"startLine": line or 1}}


def _path_of(url: str) -> str:
    """Return the path of a page as if it were a file's: GitHub takes no URL with a scheme.

    A single one has it refuse the whole document (github/codeql-action#754).
    """
    names = urlsplit(url).path.lstrip("/").split("/")
    names[-1] = names[-1] or "index"
    return "/".join(quote(unquote_to_bytes(name), safe="") for name in names)


def _message(finding: Finding) -> str:
    text = f", “{finding.text}”," if finding.text else ""
    page = f" on {finding.source}" if finding.file is None else ""
    near = f"; perhaps #{finding.nearest}" if finding.nearest else ""
    return _unlinked(f"The link{text}{page} to {finding.place} is broken: {finding.reason}{near}.")


def _unlinked(text: str) -> str:
    """Return `text` with no link of SARIF's own kind in it, `[text](url)`."""
    escaped = printable(text).replace("\\", "\\\\")
    return escaped.replace("[", "\\[").replace("]", "\\]")


def _fingerprint(finding: Finding) -> str:
    key = f"{finding.source}\n{finding.target}\n{finding.fragment}\n{finding.kind}"
    return blake2b(key.encode(), digest_size=16).hexdigest()
