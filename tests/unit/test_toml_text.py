"""A stranger's TOML costs little and is told in one line; a valid one is read as tomli reads it, names with places."""

import tracemalloc

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.diagnostic import Diagnostic, Place
from specbuild.toml_places import EXCESS, EXCESS_HINT, MAX_DEPTH, MAX_ENTRIES, MAX_NUMBER, Scan
from specbuild.toml_text import MAX_BYTES, TomlDocument, read_toml


def fault(text: str | bytes) -> Diagnostic:
    raw = text if isinstance(text, bytes) else text.encode()
    found = read_toml(raw, "f.toml")
    assert isinstance(found, Diagnostic)
    return found


def told(text: str | bytes) -> tuple[str, str]:
    found = fault(text)
    return found.code, str(found.place)


def document(text: str | bytes) -> TomlDocument:
    found = read_toml(text if isinstance(text, bytes) else text.encode(), "f.toml")
    assert isinstance(found, TomlDocument), found
    return found


def places(text: str) -> dict[str, tuple[int, int]]:
    return {".".join(map(str, key)): (at.line, at.column) for key, at in document(text).places.items()}


def test_each_name_and_item_has_its_place() -> None:
    assert places("[ a . 'b.c' . \"d\\u0041\" ]\nx.y = [1, [2, {z = 3}]]\n") == {
        "a": (1, 3),
        "a.b.c": (1, 7),
        "a.b.c.dA": (1, 15),
        "a.b.c.dA.x": (2, 1),
        "a.b.c.dA.x.y": (2, 3),
        "a.b.c.dA.x.y.0": (2, 8),
        "a.b.c.dA.x.y.1": (2, 11),
        "a.b.c.dA.x.y.1.0": (2, 12),
        "a.b.c.dA.x.y.1.1": (2, 15),
        "a.b.c.dA.x.y.1.1.z": (2, 16),
    }


def test_each_table_of_an_array_has_its_place_and_so_has_what_is_in_it() -> None:
    found = places("[[e]]\nk=1\n[[e]]\n[e.t]\nk=1\n[[e.u]]\n[[e.u]]\nk=1\n")
    assert found == {
        "e": (1, 3),
        "e.0": (1, 3),
        "e.0.k": (2, 1),
        "e.1": (3, 3),
        "e.1.t": (4, 4),
        "e.1.t.k": (5, 1),
        "e.1.u": (6, 5),
        "e.1.u.0": (6, 5),
        "e.1.u.1": (7, 5),
        "e.1.u.1.k": (8, 1),
    }


def test_strings_dates_and_comments_hide_no_name_behind_them() -> None:
    text = (
        "a=\"\"\"x\"\"\"\"\" # \"\nb=''''x''''' # [\nc=1979-05-27 07:32:00 # =\nd=1979-05-27 #\n"
        'e="\\"" # \'\nf=["#", # ]\n\'[\']\ng={h="}", i=[{}]}\nj=-1.5e+3\nk=""""""\nl=\'\'\nm="é"'
    )
    assert set(document(text).values) == set("abcdefgjklm")
    assert {name for name in places(text) if len(name) == 1} == set("abcdefgjklm")


def test_a_byte_order_mark_and_crlf_change_nothing_not_even_inside_a_string() -> None:
    plain = document('a = """\nx\ny"""\n[t]\nb=1\n')
    other = document(b'\xef\xbb\xbfa = """\r\nx\r\ny"""\r\n[t]\r\nb=1\r\n')
    assert plain == other
    assert other.values["a"] == "x\ny"


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (b"a='\xe9'", "SB101", "f.toml:1:4"),
        (b"\xef\xbb\xbfa=1\r\n# \xc3\xa9\xff", "SB101", "f.toml:2:4"),
        (b"a='\xed\xa0\x80'", "SB101", "f.toml:1:4"),
        ("[file]".encode("utf-16"), "SB101", "f.toml:1:1"),
        ("[file]".encode("utf-32"), "SB101", "f.toml:1:1"),
        ("[file]".encode("utf-16-le"), "SB102", "f.toml:1:2"),
        ("[f]\na='\0'", "SB102", "f.toml:2:4"),
        ("# \x1b[31m", "SB102", "f.toml:1:3"),
        ("a=1\rb=2", "SB102", "f.toml:1:4"),
        ("a='\x7f'", "SB102", "f.toml:1:4"),
        ("a = b", "SB106", "f.toml:1:5"),
        ("é = 1", "SB106", "f.toml:1:1"),
        ("a=1 b=2", "SB106", "f.toml:1:5"),
        ("x = [\n 'a'\n 'b'\n]", "SB106", "f.toml:3:2"),
        ('a = "abc\nb=1', "SB107", "f.toml:1:5"),
        ("b=1\na = '''abc\n\nb=2", "SB107", "f.toml:2:5"),
        ("a = = 1\nb = 'x", "SB106", "f.toml:1:5"),
    ],
)
def test_a_fault_is_told_where_it_is(text: str | bytes, code: str, place: str) -> None:
    assert told(text) == (code, place)


def invalid(told: str, line: int, column: int, hint: str) -> Diagnostic:
    return Diagnostic("SB106", f"not valid TOML: {told}", Place("f.toml", line, column), hint=hint)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            b"#" * (MAX_BYTES + 1),
            Diagnostic(
                "SB103",
                "the file is too large: 262,145 bytes, at most 262,144 are read",
                Place("f.toml"),
                hint="move long texts to files of their own and name them in `context` of [build]",
            ),
        ),
        (
            b"\xfe\xff",
            Diagnostic(
                "SB101", "the file is UTF-16 or UTF-32, not UTF-8", Place("f.toml", 1, 1), hint="save it as UTF-8"
            ),
        ),
        (
            b"a=1\n\xc3",
            Diagnostic(
                "SB101",
                "the file is not UTF-8: byte 0xC3 can't stand here",
                Place("f.toml", 2, 1),
                hint="save it as UTF-8",
            ),
        ),
        (
            b"\0\x1b",
            Diagnostic(
                "SB102",
                "the control character U+0000 can't stand in a TOML file",
                Place("f.toml", 1, 1),
                hint="a NUL is found in binary files and in UTF-16; save the file as UTF-8 text",
            ),
        ),
        (
            b"a='\x1b'",
            Diagnostic(
                "SB102",
                "the control character U+001B can't stand in a TOML file",
                Place("f.toml", 1, 4),
                hint="in a string in double quotes, write it as \\u001b",
            ),
        ),
        (
            b"a=1\r\r\n",
            Diagnostic(
                "SB102",
                "the control character U+000D can't stand in a TOML file",
                Place("f.toml", 1, 4),
                hint="end lines with LF or CRLF",
            ),
        ),
        (
            b"a=0x" + b"f" * 999,
            Diagnostic("SB109", EXCESS["SB109"], Place("f.toml", 1, 3), hint=EXCESS_HINT),
        ),
        (
            b'a=1\nb = "x',
            Diagnostic(
                "SB107",
                "the string that begins here has no end",
                Place("f.toml", 2, 5),
                hint="close it with the same quotes; text of several lines stands in three quotes",
            ),
        ),
        (
            b"[t]\n[t]",
            Diagnostic(
                "SB108",
                "`t` is already there",
                Place("f.toml", 2, 2),
                hint="remove one of the two",
                also=(Place("f.toml", 1, 2),),
            ),
        ),
        (b"a =", invalid("invalid value", 1, 4, "text stands in quotes")),
        (
            b"[a]\n= 1",
            invalid(
                "invalid statement",
                2,
                1,
                "a line is `name = value` or `[table]`; other characters than A-Z a-z 0-9 _ - are quoted",
            ),
        ),
        (
            b"a={=1}",
            invalid(
                "invalid initial character for a key part",
                1,
                4,
                "a name with other characters than A-Z a-z 0-9 _ - is quoted",
            ),
        ),
        (
            b"a b=1",
            invalid(
                "expected '=' after a key in a key/value pair",
                1,
                3,
                "a line is `name = value`; a name with blanks is quoted",
            ),
        ),
        (
            b"a=1 b=1",
            invalid(
                "expected newline or end of document after a statement", 1, 5, "each name stands on a line of its own"
            ),
        ),
        (b"a=[1 2]", invalid("unclosed array", 1, 6, "a comma stands between the items, a `]` after the last")),
        (
            b"a={b=1 c=2}",
            invalid("unclosed inline table", 1, 8, "a comma stands between the keys, a `}` after the last"),
        ),
        (
            b'a="\\q"',
            invalid("unescaped '\\' in a string", 1, 6, "write the backslash twice, or the string in single quotes"),
        ),
        (b"[a", invalid("expected ']' at the end of a table declaration", 1, 3, "")),
    ],
)
def test_a_fault_says_what_to_do(text: bytes, wanted: Diagnostic) -> None:
    assert read_toml(text, "f.toml") == wanted


def test_what_the_scan_did_not_bound_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(tomli, "loads", lambda text: seen.append(text) or {})
    assert fault("a=1\n[b] ?\nc=1\n") == invalid("unexpected character", 2, 5, "")
    assert seen == ["a=1\n[b] ?"]


def test_an_error_of_the_parser_that_names_no_place_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(text: str) -> dict[str, object]:
        raise ValueError("Too odd")

    monkeypatch.setattr(tomli, "loads", refuse)
    assert fault("a=1") == invalid("Too odd", 1, 1, "")


@pytest.mark.parametrize(
    ("text", "place", "first"),
    [
        ("[f]\nn='a'\nn = '''x\ny'''\n", "f.toml:3:1", "f.toml:2:1"),
        ("[f]\n [f]\n", "f.toml:2:3", "f.toml:1:2"),
        ("n=1\nn.x=2", "f.toml:2:3", "f.toml:1:1"),
        ("n=1\nn={x=1}", "f.toml:2:1", "f.toml:1:1"),
        ("a = {b = {b=1}, b={c=2}}", "f.toml:1:17", "f.toml:1:6"),
        ("[[a]]\nb=1\n[[a]]\nb=1\nb=2", "f.toml:5:1", "f.toml:4:1"),
    ],
)
def test_a_name_written_twice_is_told_with_both_places(text: str, place: str, first: str) -> None:
    found = fault(text)
    assert (found.code, str(found.place), [str(one) for one in found.also]) == ("SB108", place, [first])


HOSTILE = {
    "40,000 dotted parts": (".".join(["a"] * 40_000) + "=1", "SB104"),
    "40,000 parts in a header": ("[" + ".".join(["a"] * 40_000) + "]", "SB104"),
    "40,000 parts in many keys": ("\n".join(f"a{i}.b.c.d=1" for i in range(10_000)), "SB105"),
    "100,000 brackets": ("a=" + "[" * 100_000, "SB104"),
    "60,000 inline tables": ("a=" + "{a=" * 60_000, "SB104"),
    "keys of 500 parts": ("\n".join(".".join(["a"] * 500) + f".b{i}=1" for i in range(78)), "SB104"),
    "deep below a deep header": ("[" + ".".join("a" * 20) + "]\n" + ".".join("b" * 20) + "=1", "SB104"),
    "many deep keys": ("\n".join(".".join(["a"] * 30) + f".b{i}=1" for i in range(400)), "SB105"),
    "many items": ("a=[" + "1," * 100_000 + "]", "SB105"),
    "many tables": ("[[a]]\n" * 40_000, "SB105"),
    "many dates": ("a=[" + "1979-05-27 07:32:00," * 9_000 + "]", "SB105"),
    "a long number": ("a=" + "1" * 250_000, "SB109"),
    "a long hexadecimal number": ("a=0x" + "f" * 250_000, "SB109"),
    "a long string without an end": ('a="""' + "\\n" * 120_000, "SB107"),
    "a large file": ("#" * (50 << 20), "SB103"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_before_it_costs_memory(name: str) -> None:
    text, code = HOSTILE[name]
    raw = text.encode()
    tracemalloc.start()
    try:
        found = read_toml(raw, "f.toml")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(found, Diagnostic)
    assert found.code == code
    assert peak < 4 << 20


@pytest.mark.parametrize("name", [name for name, (_, code) in HOSTILE.items() if code in ("SB104", "SB105", "SB109")])
def test_the_parser_never_sees_what_passes_a_bound(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tomli, "loads", lambda text: pytest.fail("the parser was called"))
    scan = Scan(HOSTILE[name][0])
    scan.run()
    assert scan.entries <= MAX_ENTRIES + 1
    assert max(map(len, scan.offsets)) <= MAX_DEPTH + 1
    fault(HOSTILE[name][0])


def test_the_bounds_themselves_are_allowed() -> None:
    assert document("[" + ".".join("a" * (MAX_DEPTH - 1)) + "]\nb=1").values
    assert document("\n".join(f"k{i}=1" for i in range(MAX_ENTRIES // 2))).values
    assert document("a=" + "0." + "1" * (MAX_NUMBER - 2)).values
    assert document("#" * MAX_BYTES).values == {}
    assert fault("\n".join(f"k{i}=1" for i in range(MAX_ENTRIES // 2 + 1))).code == "SB105"
    assert fault("#" * (MAX_BYTES + 1)).code == "SB103"


def test_a_name_is_shown_short_and_without_escape_codes() -> None:
    message = fault('"\\u001b[31m' + "x" * 900 + '"=1\n' * 1 + '"\\u001b[31m' + "x" * 900 + '"=2').message
    assert "\x1b" not in message
    assert len(message) < 100


KEYS = st.one_of(st.sampled_from(["a", "b", "'c.d'", '"e\\u0041#"', '"f=["', "1-_"]), st.just(" g "))
VALUES = st.recursive(
    st.sampled_from(
        [
            "1",
            "-0.5",
            "true",
            "'#]}'",
            '"\\"]#\\\\"',
            '"""\n"a""b\\\n  c"""""',
            "''''x''y'''''",
            "1979-05-27 07:32:00Z",
            "inf",
            '""',
        ]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[ # c ]\n" + " ,\n ".join(items) + "\n]"),
        st.lists(st.tuples(KEYS, inner), max_size=2, unique_by=lambda pair: pair[0]).map(
            lambda pairs: "{ " + ", ".join(f"{key}={value}" for key, value in pairs) + " }"
        ),
    ),
    max_leaves=6,
)
LINES = st.one_of(
    st.tuples(st.lists(KEYS, min_size=1, max_size=3), VALUES).map(
        lambda pair: ".".join(pair[0]) + " = " + pair[1] + " # x"
    ),
    st.lists(KEYS, min_size=1, max_size=3).map(lambda keys: "[" + ".".join(keys) + "]"),
    st.lists(KEYS, min_size=1, max_size=2).map(lambda keys: "[[" + ".".join(keys) + "]]"),
    st.sampled_from(["", "# 'comment", "  "]),
)


def _paths(value: object, at: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    inside: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    return {at} | {path for key, one in inside for path in _paths(one, (*at, key))}


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, max_size=7))
def test_every_value_that_the_parser_sees_has_a_place_and_nothing_else_has(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        values = tomli.loads(text)
    except tomli.TOMLDecodeError:
        assert isinstance(read_toml(text.encode(), "f.toml"), Diagnostic)
        return
    found = document(text)
    assert repr(found.values) == repr(values)
    assert set(found.places) == _paths(values) - {()}


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab.=[]{},'\"\\#\n 1-:x", max_size=40))
def test_whatever_the_parser_reads_is_read_and_nothing_else(text: str) -> None:
    try:
        values = tomli.loads(text)
    except tomli.TOMLDecodeError:
        assert isinstance(read_toml(text.encode(), "f.toml"), Diagnostic)
    else:
        assert document(text).values == values
