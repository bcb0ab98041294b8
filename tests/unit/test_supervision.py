"""The signed report of a supervised command: only the right nonce makes one."""

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbuild.supervision import MARK, Report, orders, read_report, supervised
from specbuild.supervisor import SUPERVISOR

SAID = json.dumps({"exit": 0, "ran": {"t": "passed"}, "faults": [], "broken": []}).encode()


def signed(nonce: str, said: bytes = SAID) -> bytes:
    return MARK + hmac.new(nonce.encode(), said, hashlib.sha256).hexdigest().encode() + b":" + said + b"\n"


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
    assert supervised(["-"]) is None and supervised(["-u", "x.py"]) is None and supervised(["-mpytest"]) is None
    assert supervised(["-m", "pytest", "-q"]) == ("-c", SUPERVISOR, "-m", "pytest", "-q")
    assert supervised(["x.py", "-c", "pass"]) == ("-c", SUPERVISOR, "x.py", "-c", "pass")


def test_the_orders_are_one_line_with_the_digests_of_what_must_stay() -> None:
    line = orders("nö", ["b\n.py", "a.py"], {"t/y": b"\xff", "t/x": b""})
    assert line.endswith(b"}\n") and line.count(b"\n") == 1
    assert json.loads(line) == {
        "nonce": "nö",
        "generated": ["a.py", "b\n.py"],
        "protected": {"t/x": hashlib.sha256(b"").hexdigest(), "t/y": hashlib.sha256(b"\xff").hexdigest()},
    }
    assert json.loads(orders("n", [], {})) == {"nonce": "n", "generated": [], "protected": {}}


def test_all_that_the_supervisor_said_is_in_the_report() -> None:
    said = {"exit": 3, "ran": {"a::b": "failed"}, "faults": ["one: two"], "broken": ["x", "y"], "more": 1}
    report, rest = read_report(b"a\nb" + signed("nö", json.dumps(said).encode()) + b"c", "nö")
    assert report == Report(3, {"a::b": "failed"}, ("one: two",), ("x", "y"))
    assert rest == b"a\nb\nc"


def test_of_several_the_last_that_is_signed_counts() -> None:
    first, last = (json.dumps({"exit": code, "ran": {}, "faults": [], "broken": []}).encode() for code in (0, 1))
    forged = b"x" + MARK + b"0" * 64 + b":" + first + b"\n"
    report, rest = read_report(signed("n", first) + signed("n", last) + forged + signed("other", first), "n")
    assert report is not None and report.exit_code == 1
    assert rest == b"\n\nx\n\n"


SPOILED = (bytes.upper, lambda one: one[:-1], lambda one: b" " + one, lambda one: b"\xff" + one)


@pytest.mark.parametrize("spoiled", SPOILED)
def test_a_signature_that_is_nearly_right_is_wrong(spoiled) -> None:
    signature, _, said = signed("n").removeprefix(MARK).partition(b":")
    assert read_report(MARK + signature + b":" + said, "n")[0] is not None, "the control"
    assert read_report(MARK + spoiled(signature) + b":" + said, "n") == (None, b"\n")
    assert read_report(MARK + MARK + signature + b":" + said, "n") == (None, b"\n"), "it begins at the first mark"
    assert read_report(MARK + signature + b":" + said[:-1] + b" \n", "n") == (None, b"\n")


@pytest.mark.parametrize("text", [b"[" * 100_000, b"{", b"\xff", b"", b"1" * 5000])
def test_what_is_not_signed_is_never_read_as_json(text: bytes) -> None:
    assert read_report(signed("other", text), "n") == (None, b"\n")
    with pytest.raises((ValueError, RecursionError)):  # who read it would raise
        json.loads(text)
