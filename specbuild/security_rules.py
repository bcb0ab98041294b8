"""Rules of thumb about security, as one table, and what they find in files. Texts in, findings out; nothing is run.

Code is looked at as text: strings are blanked and comments taken out first, so that neither can trip a rule or silence
one. No parser of one Python version is asked: the findings of a text are the same everywhere. What a spec asks for by
name is a warning where it would be an error: no model can mend that.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from specbuild.languages import Language, language_of_path
from specbuild.python_text import Unreadable, read_python
from specbuild.redaction import secrets_in
from specbuild.review import Finding, Severity


class Rule(NamedTuple):
    """One rule. `pattern` is looked for in blanked code (with `raw`: strings are left), and if it ends with "(", the
    call's arguments are looked at: nothing is found if `unless` is in them, or `only` is not. `also` must occur
    somewhere in the file. `subject` are words by which a spec can ask for it."""

    severity: Severity
    pattern: str
    text: str
    subject: tuple[str, ...] = ()
    unless: str = ""
    only: str = ""
    also: str = ""
    raw: bool = False


_FIRST_IS_LITERAL = r"""\A\s*[rRbBuU]{0,2}(?:"[ \n]*"|'[ \n]*')\s*(?:,|\Z)"""
_FIRST_IS_BUILT = r"""\A\s*(?:[rR]?[fF][rR]?["']|[rRuU]?(?:"[ \n]*"|'[ \n]*')\s*(?:%|\+|\.\s*format\b))"""
_REQUESTS = r"\.\s*(?:get|post|put|patch|delete|head|options|request|stream|Session|Client|AsyncClient)\s*\("

_CERTIFICATE = ("certificate", "certificates", "self-signed")
_NO_CHECK = "the server's certificate is not checked"
_EVAL = ("eval", "exec", "evaluate", "execute")
_PICKLE = ("pickle", "pickled", "unpickle", "marshal", "shelve", "dill")

PYTHON: tuple[Rule, ...] = (
    Rule(
        "error",
        r"(?<![\w.])(?<!def )(?:eval|exec)\s*\(",
        "eval and exec run whatever the text says; parse it instead",
        _EVAL,
        unless=_FIRST_IS_LITERAL,
    ),
    Rule(
        "error",
        r"(?<!\w)(?:run|call|check_call|check_output|Popen)\s*\(",
        "a shell reads the command; pass a list of arguments without shell=True",
        ("shell",),
        unless=_FIRST_IS_LITERAL,
        only=r"\bshell\s*=\s*True\b",
    ),
    Rule(
        "error",
        r"\bos\s*\.\s*(?:system|popen)\s*\(|\b(?:getoutput|getstatusoutput|create_subprocess_shell)\s*\(",
        "a shell reads the command; use subprocess.run with a list of arguments",
        ("shell",),
        unless=_FIRST_IS_LITERAL,
    ),
    Rule(
        "error",
        r"\b(?:pickle|cPickle|dill|cloudpickle|marshal)\s*\.\s*(?:loads?|Unpickler)\s*\(|\bshelve\s*\.\s*open\s*\(",
        "loading a pickle runs code that stands in it; use JSON or another format of data",
        _PICKLE,
    ),
    Rule(
        "error",
        r"\byaml\s*\.\s*(?:load|load_all)\s*\(",
        "yaml.load makes any object that the text names; use yaml.safe_load",
        unless=r"\bC?(?:Safe|Base)Loader\b",
    ),
    Rule(
        "error",
        r"\byaml\s*\.\s*(?:unsafe|full)_load(?:_all)?\b",
        "it makes objects that the text names; use yaml.safe_load",
    ),
    Rule("error", _REQUESTS, _NO_CHECK, _CERTIFICATE, only=r"\bverify\s*=\s*False\b"),
    Rule("error", r"\.\s*verify\s*=\s*False\b|\bcheck_hostname\s*=\s*False\b", _NO_CHECK, _CERTIFICATE),
    Rule("error", r"\b_create_unverified_context\b|\bCERT_NONE\b", _NO_CHECK, _CERTIFICATE),
    Rule(
        "error",
        r"\btempfile\s*\.\s*mktemp\s*\(|\bos\s*\.\s*(?:tempnam|tmpnam)\s*\(",
        "another process can take that name first; use tempfile.mkstemp, NamedTemporaryFile or TemporaryDirectory",
    ),
    Rule(
        "error",
        r"\.\s*extractall\s*\(",
        'a member of the archive can be written outside the folder; give filter="data"',
        unless=r"\bfilter\s*=",
        also=r"\btarfile\b",
    ),
    Rule(
        "warning",
        r"\.\s*execute(?:many|script)?\s*\(",
        "SQL put together from parts; hand values over as parameters",
        only=_FIRST_IS_BUILT,
    ),
    Rule(
        "warning",
        r"""(?<![\w.])open\s*\(\s*[fF]?["']/(?:var/)?tmp/[^"'\n]*["']\s*,\s*["'][wax]""",
        "a fixed name in a folder for all: another user can put a link there first; use tempfile",
        raw=True,
    ),
    Rule("warning", r"\.\s*run\s*\(", "a debugger in production runs anybody's code", only=r"\bdebug\s*=\s*True\b"),
    Rule("warning", r"\bchmod\s*\(", "every user may write that file", only=r"\b0o?7?[0-7][0-7][2367]\b"),
    Rule("note", r"\bhashlib\s*\.\s*(?:md5|sha1)\b", "too weak where somebody may look for another text of that hash"),
)
"""The rules for Python."""

_JAVASCRIPT = (
    Rule("error", r"(?<![\w.])(?:eval|new\s+Function)\s*\(", "it runs whatever the text says; parse it instead", _EVAL),
    Rule("error", r"\brejectUnauthorized\s*:\s*false\b", _NO_CHECK, _CERTIFICATE),
    Rule("warning", r"\.(?:inner|outer)HTML\s*=(?!=)|\bdocument\.write\s*\(", "markup from a value can hold a script"),
)
_C = (
    Rule("error", r"(?<![\w.])gets\s*\(", "it writes past the end of its buffer; use fgets"),
    Rule("error", r"(?<!\w)(?:tmpnam|mktemp|tempnam)\s*\(", "another process can take that name first; use mkstemp"),
    Rule("warning", r"(?<!\w)(?:strcpy|strcat|sprintf|vsprintf)\s*\(", "it may write past the end of its buffer"),
    Rule("warning", r"(?<![\w.])(?:system|popen)\s*\(", "a shell reads the command", unless=_FIRST_IS_LITERAL),
)
_SHELL = (
    Rule("error", r"\b(?:curl|wget)\b[^\n|]*\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b", "what a server sends is run unseen"),
    Rule("warning", r"(?m)^\s*eval\s", "eval runs whatever the text says"),
)
_GO = (Rule("error", r"\bInsecureSkipVerify\s*:\s*true\b", _NO_CHECK, _CERTIFICATE),)
OTHERS: Mapping[str, tuple[Rule, ...]] = {
    **dict.fromkeys(("javascript", "typescript", "jsx", "tsx"), _JAVASCRIPT),
    **dict.fromkeys(("c", "c++", "objective-c"), _C),
    **dict.fromkeys(("shell", "zsh"), _SHELL),
    "go": _GO,
}
"""A few rules for other languages, by the language's name."""


def security_findings(
    files: Mapping[str, str], *, language: Language | None = None, asked_for: str = ""
) -> tuple[Finding, ...]:
    """Return what the rules find in `files` (declared name → text), by file and line.

    `language` is the target's own, for a name that tells none; `asked_for` is what the spec says in words.
    """
    asked = frozenset(re.findall(r"[\w-]+", asked_for.lower()))
    found: list[Finding] = []
    for name, text in files.items():
        own = language_of_path(name, language) or language
        of_file = {*_of_rules(name, text, own.name if own else "", asked), *_secrets(name, text)}
        found += sorted(of_file, key=lambda one: (one.line, one.severity, one.text))
    return tuple(found)


def _of_rules(name: str, text: str, language: str, asked: frozenset[str]) -> Iterator[Finding]:
    rules = PYTHON if language == "python" else OTHERS.get(language, ())
    views = _views(text, language) if rules else None
    if views is None:
        return
    for rule in rules:
        view = views.raw if rule.raw else views.blanked
        if rule.also and not re.search(rule.also, views.blanked):
            continue
        for match in re.finditer(rule.pattern, view):
            if _counts(rule, view, match):
                softened = rule.severity == "error" and not asked.isdisjoint(rule.subject)
                line = view.count("\n", 0, match.start()) + 1
                yield Finding("warning" if softened else rule.severity, name, line, rule.text)


def _counts(rule: Rule, view: str, match: re.Match[str]) -> bool:
    if not (rule.unless or rule.only) or not match[0].endswith("("):
        return True
    arguments = _arguments(view, match.end())
    unless = rule.unless and re.search(rule.unless, arguments, re.DOTALL)
    return not unless and (not rule.only or re.search(rule.only, arguments, re.DOTALL) is not None)


def _arguments(view: str, start: int) -> str:
    """Return what stands between the bracket before `start` and the one that closes it."""
    depth = 1
    for match in re.finditer(r"[()\[\]{}]", view[start:]):
        depth += 1 if match[0] in "([{" else -1
        if depth == 0:
            return view[start : start + match.start()]
    return view[start:]


class _Views(NamedTuple):
    """A text without its comments, line by line as it was: with its strings, and with these blanked."""

    raw: str
    blanked: str


_LONG = r"""'{3}(?s:\\.|(?!'{3}).)*'{3}|"{3}(?s:\\.|(?!"{3}).)*"{3}"""
_STRING = re.compile(r"""'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`""")
_SLASHES = re.compile(rf"(?P<string>{_STRING.pattern})|//[^\n]*|/\*[\s\S]*?\*/")
_HASH = re.compile(rf"(?P<string>{_STRING.pattern})|(?<!\S)#[^\n]*")
_QUOTES = re.compile(rf"{_LONG}|{_STRING.pattern}")


def _views(text: str, language: str) -> _Views | None:
    """Return how a text is looked at; None if it can't be read as its language."""
    if language != "python":
        comments = _HASH if language in ("shell", "zsh") else _SLASHES
        raw = comments.sub(lambda match: match[0] if match["string"] else _hollow(match[0]), text)
        # A shell's words stand in strings as well as outside: blanking them would hide what is run.
        return _Views(raw, raw if language in ("shell", "zsh") else _blanked(raw, _STRING))
    read = read_python(text)
    if isinstance(read, Unreadable):
        return None
    parts, done = [], 0
    for comment in read.comments:
        parts += [read.source[done : comment.start], " " * (comment.stop - comment.start)]
        done = comment.stop
    raw = "".join([*parts, read.source[done:]])
    return _Views(raw, _blanked(raw, _QUOTES))


def _blanked(text: str, strings: re.Pattern[str]) -> str:
    return strings.sub(lambda match: match[0][0] + _hollow(match[0][1:-1]) + match[0][-1], text)


def _hollow(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


_NAMED_SECRET = re.compile(
    r"""(?i)\b\w*(?:password|passwd|secret|api_?key|auth_?token|private_?key)["']?\s*[:=]\s*"""
    r"""["'](?P<value>[^"'\s]{8,})["']"""
)
_PLACEHOLDER = re.compile(
    r"(?i)[<>{}$%*]|example|change|your|dummy|test|placeholder|xxx|none|password|secret|key|token"
)


def _secrets(name: str, text: str) -> Iterator[Finding]:
    for one in secrets_in(text):
        what = f"this looks like a secret ({one.kind}); read it from the environment or a file"
        yield Finding("error", name, text.count("\n", 0, one.start) + 1, what)
    for match in _NAMED_SECRET.finditer(text):
        if not _PLACEHOLDER.search(match["value"]):
            line = text.count("\n", 0, match.start()) + 1
            yield Finding("warning", name, line, "a text that is named like a secret stands in the code")
