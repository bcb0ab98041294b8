"""Findings of ruff that mean a bug fail; findings about security are notes for a person; style is nobody's business
here.

ruff reads the texts and runs none of them; it runs in the sandbox all the same, for what it reads is hostile until
shown otherwise. A project's own configuration is not read (`--isolated`). A `# noqa` silences a finding, but never
one about security.
"""

import json
import re
from collections.abc import Mapping

from specbuild.languages import language_of_path
from specbuild.sandbox import NotStarted
from specbuild.target import Target
from specbuild.text_safety import printable
from specbuild.trial import Absent, Bench, Placed, Trial
from specbuild.verifier import Verdict

BUGS = (
    "E9", "F402", "F407", "F501", "F502", "F503", "F504", "F505", "F506", "F507", "F508", "F509", "F521", "F522",
    "F523", "F524", "F525", "F622", "F631", "F632", "F633", "F634", "F701", "F702", "F704", "F706", "F707", "F821",
    "F822", "F823", "F901", "B002", "B003", "B005", "B012", "B015", "B016", "B020", "B021", "B022", "B025", "B029",
    "B030", "B031", "B032", "B035", "PLE",
)  # fmt: skip
"""Each of these breaks a program or makes a line of it do nothing; none is a matter of taste. Unused names are not
among them.
"""
SECURITY = (
    "S102",
    "S301",
    "S302",
    "S307",
    "S308",
    "S310",
    "S323",
    "S324",
    "S501",
    "S506",
    "S602",
    "S604",
    "S605",
    "S608",
    "S701",
)
"""Worth a person's look. None fails: a spec may ask for just that, and a model can't mend what the spec asks for."""
TIMEOUT_S = 30.0
MOST_SHOWN = 10
_NOQA = re.compile(r"#\s*noqa(?::\s*(?P<codes>[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))?", re.IGNORECASE)


def verify(files: Mapping[str, str], target: Target, *, bench: Bench) -> Verdict | None:
    """Judge the Python files; None if there are none, or the spec says `lint = false`."""
    if target.spec.flag("verify.lint") is False:
        return None
    texts = {name: text for name, text in sorted(files.items()) if _is_python(name, target)}
    if not texts:
        return None
    ruff = bench.find("ruff")
    if isinstance(ruff, Absent):
        return Verdict("lint", "not_checked", (f"not checked: {ruff.remedy}",))
    interpreter = bench.interpreter()
    version = "py311" if isinstance(interpreter, Absent) else "py" + interpreter.version.replace(".", "")
    argv = (
        ruff.path, "check", "--isolated", "--no-cache", "--no-fix", "--ignore-noqa", "--exit-zero", "--quiet",
        "--output-format", "json",
        "--target-version", version, "--select", ",".join((*BUGS, *SECURITY)), "--", *texts,
    )  # fmt: skip
    placed = {name: Placed(text.encode("utf-8")) for name, text in texts.items()}
    tried = bench.run(Trial(argv, {}, placed, timeout_s=TIMEOUT_S, mounts=ruff.mounts))
    if isinstance(tried, NotStarted):
        return Verdict("lint", "not_checked", (f"not checked: {tried.reason}",))
    try:
        findings = json.loads(tried.ran.stdout)
        found = sorted(_finding(one) for one in findings)
    except (ValueError, KeyError, TypeError):
        return Verdict("lint", "not_checked", (f"not checked: ruff gave no result ({_first_line(tried.ran.stderr)})",))
    security = [one for one in found if one[3] in SECURITY]
    bugs = [one for one in found if one[3] not in SECURITY and not _silenced(texts.get(one[0], ""), one[1], one[3])]
    return Verdict("lint", "failed" if bugs else "passed", _told(bugs), _told(security))


Finding = tuple[str, int, int, str, str]
"""A file's name, line, column, the rule, what it says."""


def _is_python(name: str, target: Target) -> bool:
    language = language_of_path(name, target.language) or target.language
    return language is not None and language.name == "python" and name.endswith((".py", ".pyi"))


def _finding(one: Mapping[str, object]) -> Finding:
    place = one["location"]
    assert isinstance(place, Mapping)
    name = str(one["filename"]).partition("/work/")[2] or str(one["filename"])
    return name, int(place["row"]), int(place["column"]), str(one["code"]), str(one["message"])


def _silenced(text: str, line: int, code: str) -> bool:
    lines = text.split("\n")
    found = _NOQA.search(lines[line - 1]) if 0 < line <= len(lines) else None
    return found is not None and (not found["codes"] or code in re.split(r"[,\s]+", found["codes"].upper()))


def _told(found: list[Finding]) -> tuple[str, ...]:
    return tuple(
        f"{name}:{line}:{column}: {printable(message, keep_newlines=False)} ({code})"
        for name, line, column, code, message in found[:MOST_SHOWN]
    )


def _first_line(raw: bytes) -> str:
    return printable(raw.decode("utf-8", "replace").strip().partition("\n")[0][:200]) or "it said nothing"
