"""Secrets are found by their shape, placeholders are left alone, and what was redacted holds none.

No secret-like text stands in this file as a whole: each is put together, so no scanner of a host takes it for real.
"""

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbuild.redaction import SHAPES, redacted, secrets_in

BODY = "q7Zk2mR9xT4vB8nL3wY6pD1sF5hJ0gCaEuIoK"  # 37 letters and digits in no order
HEX = "9f3a7c1e5b2d8046" * 4
PEM_LINE = ("MIIEvQ" + BODY * 2)[:64]
SECRETS = [
    ("anthropic-key", "sk-" + "ant-api03-" + BODY + "-x_Y"),
    ("openai-key", "sk-" + BODY[:24]),
    ("openai-key", "sk-" + "proj-" + BODY + "_-" + BODY),
    ("openai-key", "sk-" + HEX[:32]),
    ("openai-key", "sk-" + "or-v1-" + HEX),
    ("stripe-key", "sk_" + "live_" + BODY[:24]),
    ("aws-key-id", "AK" + "IA" + "Q3EGZT7WKX2NVBY5"),
    ("github-token", "gh" + "p_" + BODY[:36]),
    ("github-token", "github" + "_pat_11ABCDE2Y0" + BODY),
    ("gitlab-token", "gl" + "pat-" + BODY[:20]),
    ("slack-token", "xo" + "xb-2837465920-" + BODY[:24]),
    ("google-key", "AI" + "za" + BODY[:35]),
    ("npm-token", "np" + "m_" + BODY[:36]),
    ("pypi-token", "py" + "pi-AgEIcHlwaS5vcmc" + BODY + BODY),
    ("hugging-face-token", "h" + "f_" + BODY[:34]),
    ("stripe-key", "rk_" + "live_" + BODY[:16]),
    ("aws-key-id", "AS" + "IA" + "Q3EGZT7WKX2NVBY5"),
    ("gitlab-token", "gl" + "cbt-" + BODY[:20]),
    ("slack-token", "xa" + "pp-" + BODY[:10]),
    ("google-token", "ya" + "29." + BODY[:20]),
    ("groq-key", "gs" + "k_" + BODY + "abc"),
    ("xai-key", "xa" + "i-" + BODY + "abc"),
    ("sendgrid-key", "S" + "G." + BODY[:22] + "." + (BODY * 2)[:43]),
    ("docker-token", "dck" + "r_oat_" + BODY[:20]),
    ("digitalocean-token", "do" + "p_v1_" + HEX),
    ("jwt", "ey" + "JhbGciOiJIUzI1NiJ9." + "ey" + "JzdWIiOiIxMjM0In0." + BODY),
    (
        "private-key",
        "-----BEGIN RSA " + "PRIVATE KEY-----\n" + f"{PEM_LINE}\n{PEM_LINE}\n" + "-----END RSA " + "PRIVATE KEY-----",
    ),
    ("private-key", "-----BEGIN " + "PRIVATE KEY-----\\n" + PEM_LINE + "\\n-----END " + "PRIVATE KEY-----"),
    (
        "private-key",
        "-----BEGIN RSA "
        "PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A1B\n\n"
        + PEM_LINE
        + "\n-----END RSA PRIVATE KEY-----",
    ),
    ("private-key", "-----BEGIN OPENSSH " + "PRIVATE KEY-----\n" + f"{PEM_LINE}\n{PEM_LINE}"),
]


@pytest.mark.parametrize(("kind", "secret"), SECRETS)
@pytest.mark.parametrize(("before", "after"), [("", ""), ('key = "', '"\n'), ("a\n", " b"), ("line\\n", "\\n")])
def test_a_secret_is_found_where_it_stands(kind: str, secret: str, before: str, after: str) -> None:
    text = before + secret + after
    (finding,) = secrets_in(text)
    assert finding.kind == kind
    assert finding.start == len(before)
    assert secret in text[finding.start : finding.end]
    assert redacted(text).startswith(f"{before}[redacted {kind}]")
    assert PEM_LINE not in redacted(text) and BODY[:20] not in redacted(text)


@pytest.mark.parametrize(
    ("text", "kind", "secret"),
    [
        (f"Authorization: Bearer {BODY}", "authorization", BODY),
        (f'{{"authorization": "bearer {BODY}"}}', "authorization", BODY),
        (f"curl -H 'X-Api-Key: {BODY}'", "api-key-header", BODY),
        ("postgres://bob:hunter22@db/x", "url-password", "hunter22"),
        ("https://oauth2:s3cr3t@host", "url-password", "s3cr3t"),
        ("x://:a:b@host", "url-password", "a:b"),
        (f"AUTHORIZATION='Basic {BODY}=='", "authorization", f"{BODY}=="),
        (f"api-key\t= {BODY[:16]}", "api-key-header", BODY[:16]),
    ],
)
def test_what_stands_around_a_secret_stays(text: str, kind: str, secret: str) -> None:
    assert redacted(text) == text.replace(secret, f"[redacted {kind}]")


@pytest.mark.parametrize(
    "text",
    [
        "sk-xxxxxxxxxxxxxxxxxxxxxxxx", "sk-...", "sk-…", "<your api key>", "sk-your-api-key-goes-here-12345",
        "sk-" + "1234567890" * 3,
        "sk-abcdefghijklmnopqrstuvwxyz0123", "AKIAIOSFODNN7EXAMPLE", "ghp_" + "x" * 36, "ghp_" + "a1" * 2,
        "ask-me-anything-about-2024-and-more",
        "sk-fading-circle-with-a-long-class-name", "task-" + BODY, "Bearer $OPENAI_API_KEY", "Bearer {api_key}",
        "Bearer <token>",
        "Authorization: Bearer YOUR_API_KEY_GOES_HERE", "postgres://user:password@localhost/db",
        "redis://:${PASSWORD}@host", "http://admin:admin@x",
        "http://user:pass@host", "http://[::1]:8080/a@b", "https://host:8080/path",
        "f'{scheme}://{user}:{password}@{host}'",
        'if line == "-----BEGIN PRIVATE KEY-----": in_key = True  # and so on, line by line', "hf_hub_download",
        "npm_config_registry", "pypi-publish",
        "-----BEGIN CERTIFICATE-----\n" + PEM_LINE, HEX, BODY, "eyJhbGciOiJIUzI1NiJ9",
        "token_count = tokenizer.tokenize_everything_in_here", "",
        "basic understanding-of-the-language-2", "bearer understanding-of-the-language-2",
        "api-key: your-api-key-here-0000",
    ],
)  # fmt: skip
def test_a_placeholder_or_ordinary_code_is_no_secret(text: str) -> None:
    assert secrets_in(text) == ()
    assert redacted(text) == text


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (BODY[:20], True),
        (BODY[:19], False),
        ("qzmkwrxtvbnlpdsfhjgc", False),  # small letters alone
        ("qzmkwrxtvbNLPDSFHJGC", True),
        ("qzmkwrxtvb-LPDSFHJGC", False),  # cases count among letters and digits alone
        ("qzmkwrxtvb-lpdsfhjgc", False),
        ("qzmkwrxtvb-2024-lpdsfhjgc", False),
        ("qzmkwrxtvb-20245-lpdsfhjgc", True),
        ("qzmkwrxtvb-q2-lpdsfhjgc", True),
        ("1a1a1a1a1a1a1a1a1a1a1a1a", False),  # one bit a character
        ("a1b2c3a1b2c3a1b2c3a1b2c3", True),
        ("aabbccddeeffgghhiijj1k", False),
        ("acegikmoqsuwyacegik1357", True),
        ("q7Zk2mR9xT4vB8nL-Your-3wY6pD1s", False),
        ("q7Zk2mR9-xxxx-T4vB8nL3wY6", False),
        ("password-test-key-token-123", False),
        ("q7Zk2mR9xT4vEXAMPLEB8nL3wY6", False),
    ],
)
def test_a_body_must_look_random_and_be_no_placeholder(body: str, found: bool) -> None:
    assert bool(secrets_in("bearer " + body)) is found


def test_what_stands_before_and_behind_a_secret_decides() -> None:
    key = "AK" + "IA" + "Q3EGZT7WKX2NVBY5"
    assert not secrets_in(key + "a") and not secrets_in("a" + key) and not secrets_in("1" + key)
    assert secrets_in("_" + key) == (("aws-key-id", 1, 21),) and secrets_in("\\t" + key + "_")
    token = "ey" + "JhbGciOiJIUzI1NiJ9." + "ey" + "JzdWIiOiIxMjM0In0." + BODY
    assert not secrets_in("-" + token) and not secrets_in("_" + token) and secrets_in("\\n" + token)
    google = "AI" + "za" + BODY[:35]
    assert not secrets_in(google + "-") and secrets_in(google + ".")


def test_overlapping_findings_are_one_of_the_kind_that_begins_first_and_is_longest() -> None:
    secret = "sk-" + BODY
    text = f"x {secret} y"
    assert secrets_in(text, [secret]) == (("known", 2, 2 + len(secret)),)
    assert secrets_in(text, [secret[:9]]) == (("openai-key", 2, 2 + len(secret)),)
    assert secrets_in(text, ["x " + secret[:9], secret[-4:] + " y12"]) == (("known", 0, 2 + len(secret)),)
    assert secrets_in(text + "12", [secret[-6:] + " y12"]) == (("openai-key", 2, 2 + len(secret) + 4),)
    assert redacted("abcdefghabcdefgh abcdefg", ["abcdefgh", "abcdefg"]) == "[redacted known][redacted known] abcdefg"
    assert secrets_in("abababababab", ["abababab"]) == (("known", 0, 8),)


def test_a_private_key_needs_enough_of_it() -> None:
    begin = "-----BEGIN PGP " + "PRIVATE KEY BLOCK-----"
    assert not secrets_in(f"{begin}\n{BODY[:31]}\n{BODY[:31]}")
    assert not secrets_in(f"{begin}\n{BODY[:37]}")
    (finding,) = secrets_in(f"x{begin}\n{BODY[:37]}abcd-----END it")
    assert finding == ("private-key", 1, len(begin) + 43)


def test_known_secrets_are_found_whatever_their_shape() -> None:
    assert redacted("a correct horse, a correct horse", ["correct horse"]) == "a [redacted known], a [redacted known]"
    assert secrets_in("ollama none", ["ollama", "none", ""]) == ()


def test_a_known_secret_inside_a_shape_makes_one_finding() -> None:
    secret = "sk-" + BODY
    assert redacted(f"x {secret} y", [secret[:20], secret]) in ("x [redacted openai-key] y", "x [redacted known] y")


PARTS = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from([secret for _, secret in SECRETS]),
        st.sampled_from(
            ["Bearer ", "://a:", "@", "\n", "-----BEGIN PRIVATE KEY-----", "sk-", "[redacted known]", "known secret"]
        ),
    ),
    max_size=8,
).map("".join)


@given(PARTS)
def test_findings_are_in_order_and_apart_and_nothing_known_is_left(text: str) -> None:
    findings = secrets_in(text, ["known secret"])
    assert all(0 <= one.start < one.end <= len(text) for one in findings)
    assert all(one.end <= after.start for one, after in pairwise(findings))
    assert "known secret" not in redacted(text, ["known secret"])


def test_random_keys_are_nearly_always_found() -> None:
    source = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    keys = ["gh" + "p_" + "".join(source.choices(letters, k=36)) for _ in range(500)]
    assert sum(not secrets_in(key) for key in keys) == 0


@pytest.mark.parametrize(
    "unit",
    ["sk-", "eyJ", "eyJa.", "eyJabcdefgh.eyJabcdefgh.", "://a:", "-----BEGIN PRIVATE KEY-----", "Bearer ", "AKIA",
     "ghp_", "a", " ",
     "-----BEGIN PRIVATE KEY-----\nA: b\n", "token ", "api-key: ", "xoxb-", "\\n", "://" + "a" * 99,
     "-----BEGIN " + "A " * 20, "A-"],
)  # fmt: skip
def test_no_text_makes_the_search_slow(unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        begin = time.perf_counter()
        secrets_in(text)
        return time.perf_counter() - begin

    seconds(1_000)
    assert seconds(200_000) < 5.0  # were it quadratic: minutes


def test_every_shape_has_a_group_for_its_secret() -> None:
    assert all("(?P<secret>" in shape.pattern for shape in SHAPES)
    kinds = [shape.kind for shape in SHAPES]
    assert kinds[:2] == ["anthropic-key", "openai-key"] and kinds[-2:] == ["url-password", "private-key"]
    assert len(kinds) == 23 and {kind for kind, _ in SECRETS} < set(kinds)
