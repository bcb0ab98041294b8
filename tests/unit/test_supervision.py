"""The signed report of a supervised command: only the right nonce makes one."""

import hashlib
import hmac
import json

from hypothesis import given
from hypothesis import strategies as st

from specbuild.supervision import MARK, orders, read_report, supervised

SAID = json.dumps({"exit": 0, "ran": {"t": "passed"}, "faults": [], "broken": []}).encode()


def signed(nonce: str) -> bytes:
    return MARK + hmac.new(nonce.encode(), SAID, hashlib.sha256).hexdigest().encode() + b":" + SAID + b"\n"


def test_a_report_with_the_right_signature_is_read_and_taken_out() -> None:
    report, rest = read_report(b"noise\n" + signed("n") + b"more\n", "n")
    assert report is not None and report.ran == {"t": "passed"}
    assert rest == b"noise\n\nmore\n"


def test_a_forged_report_is_none() -> None:
    for forged in (signed("other"), MARK + b"00:" + SAID, MARK + b":", MARK, SAID):
        assert read_report(forged, "n")[0] is None


@given(st.binary(max_size=200))
def test_no_bytes_by_chance_are_a_report(raw: bytes) -> None:
    assert read_report(raw, "n")[0] is None
    assert read_report(MARK + raw, "n")[0] is None


def test_the_nonce_stands_in_the_orders_only() -> None:
    assert b"secret" in orders("secret", ["a"], {"t": b"x"})
    assert "secret" not in " ".join(supervised(["-m", "pytest"]) or ())


def test_what_starts_no_file_and_no_module_is_not_supervised() -> None:
    assert supervised(["-c", "pass"]) is None
    assert supervised([]) is None and supervised(["-m"]) is None
    assert supervised(["tests/run.py", "-v"]) is not None
