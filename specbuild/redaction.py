"""Secrets in texts: found by the shapes that issuers gave them, and taken out before a text is stored or shown.

In goes any text and the secrets that this run knows; out come places, or the text without them. A shape alone is not
enough: what a person or a manual writes in a secret's place (`sk-xxxx`, `AKIA…EXAMPLE`, `<your key>`) is none.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from math import log2
from typing import NamedTuple

SHORTEST_KNOWN = 8
"""A known secret shorter than this (`ollama`, `none`) is a word: taking it out would spoil texts and hide nothing."""


class Finding(NamedTuple):
    """A secret of a `kind` of `SHAPES` (or "known") at text[start:end]."""

    kind: str
    start: int
    end: int


class Shape(NamedTuple):
    """How one `kind` of secret looks. `pattern` has a group `secret`, that which is taken out; `body` in it, if there,
    is the part that must look random."""

    kind: str
    pattern: str


def secrets_in(text: str, known: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Return the secrets in `text`, in order and without overlaps, those that touch as one; () if there is none.

    `known` are secrets that this run holds; of these, texts of at least `SHORTEST_KNOWN` characters are found anywhere.
    Time is linear in the text's length for each shape and each known secret.
    """
    return tuple(_merged(sorted((*_known_in(text, known), *_shapes_in(text)), key=lambda one: (one.start, -one.end))))


def redacted(text: str, known: Sequence[str] = ()) -> str:
    """Return `text` with every secret of `secrets_in(text, known)` replaced by `[redacted KIND]`."""
    pieces: list[str] = []
    done = 0
    for finding in secrets_in(text, known):
        pieces += (text[done : finding.start], f"[redacted {finding.kind}]")
        done = finding.end
    pieces.append(text[done:])
    return "".join(pieces)


# Not inside a longer word ("task-…"), but right behind an escaped line end, as it stands in JSON.
_START = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))"
_JWT_START = r"(?:(?<![\w-])|(?<=\\[nrt]))"
_PEM = r"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"

# A repetition stands only where nothing behind it can fail, is bounded, or can't begin twice in one run of its
# characters: so no text makes the search slow.
SHAPES: tuple[Shape, ...] = (
    Shape("anthropic-key", _START + r"(?P<secret>sk-ant-(?P<body>[\w-]{20,}))"),
    Shape("openai-key", _START + r"(?P<secret>sk-(?:proj-|svcacct-|admin-|or-v1-)?(?P<body>[\w-]{20,}))"),
    Shape("stripe-key", _START + r"(?P<secret>[rs]k_live_(?P<body>[A-Za-z0-9]{16,}))"),
    Shape("aws-key-id", _START + r"(?P<secret>A(?:KIA|SIA)(?P<body>[A-Z0-9]{16}))(?![A-Za-z0-9])"),
    Shape("github-token", _START + r"(?P<secret>gh[oprsu]_(?P<body>[A-Za-z0-9]{30,}))"),
    Shape("github-token", _START + r"(?P<secret>github_pat_(?P<body>\w{22,}))"),
    Shape("gitlab-token", _START + r"(?P<secret>gl(?:pat|dt|rt|ptt|cbt)-(?P<body>[\w-]{20,}))"),
    Shape("slack-token", _START + r"(?P<secret>(?:xox[a-z]|xapp)-(?P<body>[A-Za-z0-9-]{10,}))"),
    Shape("google-key", _START + r"(?P<secret>AIza(?P<body>[\w-]{35}))(?![\w-])"),
    Shape("google-token", _START + r"(?P<secret>ya29\.(?P<body>[\w-]{20,}))"),
    Shape("npm-token", _START + r"(?P<secret>npm_(?P<body>[A-Za-z0-9]{36,}))"),
    Shape("pypi-token", _START + r"(?P<secret>pypi-(?P<body>[\w-]{50,}))"),
    Shape("hugging-face-token", _START + r"(?P<secret>hf_(?P<body>[A-Za-z0-9]{30,}))"),
    Shape("groq-key", _START + r"(?P<secret>gsk_(?P<body>[A-Za-z0-9]{40,}))"),
    Shape("xai-key", _START + r"(?P<secret>xai-(?P<body>[A-Za-z0-9]{40,}))"),
    Shape("sendgrid-key", _START + r"(?P<secret>SG\.[\w-]{22}\.(?P<body>[\w-]{43}))"),
    Shape("docker-token", _START + r"(?P<secret>dckr_(?:pat|oat)_(?P<body>[\w-]{20,}))"),
    Shape("digitalocean-token", _START + r"(?P<secret>do[opr]_v1_(?P<body>[a-f0-9]{64}))"),
    Shape("jwt", _JWT_START + r"(?P<secret>eyJ[\w-]{8,}+\.eyJ[\w-]{8,}+\.(?P<body>[\w-]{16,}))"),
    Shape(
        "authorization",
        r"(?i:bearer|authorization[\"']?[:=]?[ \t]{0,4}[\"']?(?:basic|token))"
        r"[ \t]{1,4}(?P<secret>(?P<body>[\w.~+/-]{20,}={0,2}))",
    ),
    Shape(
        "api-key-header", r"(?i:api-key)[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?(?P<secret>(?P<body>[\w.~+/-]{16,}={0,2}))"
    ),
    Shape("url-password", r"://(?P<user>[^\s/:@\"'<>]{0,100}):(?P<secret>[^\s/@\"'<>]{3,200})@"),
    Shape(
        "private-key",
        rf"(?P<secret>-----BEGIN {_PEM}(?:[\s\\nr]*(?:[A-Z][A-Za-z-]{{2,20}}:[^\n\\]{{0,100}}(?:\n|\\n)){{1,5}})?"
        rf"[A-Za-z0-9+/=\s\\\"',]{{40,}}+(?:-----END {_PEM})?)",
    ),
)


def _known_in(text: str, known: Iterable[str]) -> Iterator[Finding]:
    for secret in sorted({one for one in known if len(one) >= SHORTEST_KNOWN}):
        at = text.find(secret)
        while at >= 0:
            yield Finding("known", at, at + len(secret))
            at = text.find(secret, at + len(secret))


def _shapes_in(text: str) -> Iterator[Finding]:
    for kind, pattern in _compiled():
        for found in pattern.finditer(text):
            if _is_real(kind, found):
                yield Finding(kind, *found.span("secret"))


@cache
def _compiled() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """On the first use, not by an import: most commands never search a text."""
    return tuple((shape.kind, re.compile(shape.pattern, re.ASCII)) for shape in SHAPES)


def _is_real(kind: str, found: re.Match[str]) -> bool:
    if kind == "private-key":
        return re.search(r"[A-Za-z0-9+/]{32}", found["secret"]) is not None
    if kind == "url-password":
        password, user = found["secret"], found["user"]
        return password != user and password[0] not in "$%{[(*" and not _is_placeholder(password)
    return _looks_random(found["body"]) and not _is_placeholder(found["body"])


_PLACEHOLDER_PARTS = (
    "example", "placeholder", "redacted", "changeme", "xxxx", "****", "....", "dummy", "your-", "your_", "yourkey",
    "yourtoken", "yourapi", "yoursecret", "api-key", "api_key", "apikey", "goes-here", "goeshere", "insert-", "insert_",
)  # fmt: skip
_PLACEHOLDER_WORDS = frozenset(
    (
        "password",
        "passwd",
        "pass",
        "pwd",
        "secret",
        "token",
        "key",
        "test",
        "fake",
        "foo",
        "bar",
        "your",
        "my",
        "mypassword",
    )
)


def _is_placeholder(body: str) -> bool:
    lowered = body.lower()
    if any(part in lowered for part in _PLACEHOLDER_PARTS):
        return True
    words = re.split(r"[-_.]", lowered)
    return all(word in _PLACEHOLDER_WORDS or (word.isdecimal() and len(word) < 4) for word in words)


def _looks_random(body: str) -> bool:
    """Whether nobody typed this: letters and digits (or cases) mixed, varied, and not counting up like 1234 or abcd."""
    steps = sum(ord(after) - ord(before) in (0, 1) for before, after in pairwise(body))
    if steps * 2 > len(body) or all(_is_word_or_year(part) for part in re.split(r"[-_./]", body)):
        return False
    digits = any(one.isdigit() for one in body) and any(one.isalpha() for one in body)
    cases = body.isalnum() and body != body.lower() and body != body.upper()
    entropy = -sum(n / len(body) * log2(n / len(body)) for n in Counter(body).values())
    return (digits or cases) and entropy >= 2.5


def _is_word_or_year(part: str) -> bool:
    return (part.isalpha() and part.islower()) or (part.isdecimal() and len(part) <= 4) or not part


def _merged(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Join findings that overlap; the one that begins first, of these the longest, gives the kind."""
    last: Finding | None = None
    for finding in findings:
        if last is not None and finding.start < last.end:
            last = last._replace(end=max(last.end, finding.end))
            continue
        if last is not None:
            yield last
        last = finding
    if last is not None:
        yield last
