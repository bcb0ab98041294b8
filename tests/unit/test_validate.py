"""Every fault of a spec is told once, in the order of the file, with what was meant."""

import pytest

from specbuild.diagnostic import Diagnostic, Place
from specbuild.spec_fields import FIELDS, REFUSED_PARAMETERS, Field, fields_of
from specbuild.toml_text import TomlDocument, read_toml
from specbuild.validate import MAX_FAULTS, validate

BASE = 'file = {name="a", language="python", description="d"}\nproject.requirements = "r"\n'


def diagnostics(text: str) -> tuple[Diagnostic, ...]:
    document = read_toml(text.encode(), "s.toml")
    assert isinstance(document, TomlDocument), document
    return validate(document, "s.toml")


def told(text: str) -> list[tuple[str, str]]:
    return [(one.code, str(one.place)) for one in diagnostics(text)]


def test_the_least_spec_has_no_fault() -> None:
    assert diagnostics(BASE) == ()


@pytest.mark.parametrize("field", [field for field in FIELDS if field.table], ids=lambda field: field.name)
def test_each_field_refuses_a_value_of_another_type_and_says_what_it_got(field: Field) -> None:
    header = "[[example]]" if field.table == "example" else f"[{field.table}]"
    found = [one for one in diagnostics(f"{header}\n{field.key} = 2026-01-01\n") if one.code == "SB204"]
    assert [str(one.place) for one in found] == ["s.toml:2:1"]
    assert found[0].message.endswith("not a date or time")
    assert "must be" in found[0].message


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("[biuld]", "did you mean `build`?"),
        ("[build]\natempts = 1", "did you mean `attempts`?"),
        ("[build]\ndescription = 'x'", "it belongs under [file]"),
        ("[build]\nverify.lint = true", "it is a table of its own: [verify]"),
        ("[[example]]\nagrs = []", "did you mean `args`?"),
        ("[build]\nmode = 'agnet'", "did you mean `agent`?"),
    ],
)
def test_a_slip_is_an_error_that_names_what_was_meant(line: str, hint: str) -> None:
    assert hint in [one.hint for one in diagnostics(BASE + line) if one.severity == "error"]


TABLE_HINT = "a spec has the tables [file], [project], [build], [interface], [[example]], [verify]"


@pytest.mark.parametrize(
    ("text", "code", "place", "message", "hint"),
    [
        ("biuld = []", "SB202", (3, 1), "unknown table `biuld`", "did you mean `build`?"),
        ("[exampel]", "SB202", (3, 2), "unknown table `exampel`", "did you mean `example`?"),
        ("biuld = 1", "SB203", (3, 1), "unknown key `biuld`", "did you mean the table `build`?"),
        ("lint = true", "SB203", (3, 1), "`lint` stands in no table", "it belongs under [verify]"),
        ("files = 1", "SB203", (3, 1), "`files` stands in no table", "it belongs under [[example]] or [verify]"),
        ("[zzzzz]", "SB202", (3, 2), "unknown table `zzzzz`", TABLE_HINT),
        ("zzzzz = 1", "SB203", (3, 1), "unknown key `zzzzz`", TABLE_HINT),
        ("[build]\nargs = 1", "SB203", (4, 1), "unknown key `args` in [build]", "it belongs under [[example]]"),
        ("[build]\nfiles = 1", "SB203", (4, 1), "unknown key `files` in [build]", "it belongs under [[example]]"),
        (
            "[verify]\nbuild.a=1",
            "SB203",
            (4, 1),
            "unknown key `build` in [verify]",
            "it is a table of its own: [build]",
        ),
        (
            "[[example]]\n[[example]]\nstdni = 1",
            "SB203",
            (5, 1),
            "unknown key `stdni` in [[example]]",
            "did you mean `stdin`?",
        ),
        (
            "[verify]\nzzzzz = 1",
            "SB203",
            (4, 1),
            "unknown key `zzzzz` in [verify]",
            "known are `command`, `files`, `lint`, `review`, `interface`",
        ),
        ("build = 1", "SB204", (3, 1), "`build` must be a table", "write [build]"),
        ("[[build]]", "SB204", (3, 3), "`build` must be a table", "write [build]"),
        ("[example]\nargs = []", "SB204", (3, 2), "`example` must be an array of tables", "write [[example]]"),
        ("example = [1]", "SB204", (3, 1), "`example` must be an array of tables", "write [[example]]"),
        ('"a\\u001bb" = 1', "SB203", (3, 1), "unknown key `a\\x1bb`", TABLE_HINT),
    ],
)
def test_a_name_that_no_spec_has_is_told_in_words(
    text: str, code: str, place: tuple[int, int], message: str, hint: str
) -> None:
    assert diagnostics(BASE + text) == (Diagnostic(code, message, Place("s.toml", *place), hint=hint),)


def test_what_is_missing_is_told_in_words() -> None:
    top = Place("s.toml", 1, 1)
    project = Diagnostic("SB201", "the table [project] is missing", top, hint="add [project] with `requirements`")
    assert diagnostics("") == (
        Diagnostic(
            "SB201", "the table [file] is missing", top, hint="add [file] with `name`, `language`, `description`"
        ),
        project,
    )
    assert diagnostics("[project]\nrequirements='r'\n[file]\nname='a'\nlanguage='c'") == (
        Diagnostic(
            "SB201",
            "`file.description` is missing",
            Place("s.toml", 3, 2),
            hint='add description = "…" under [file]',
        ),
    )
    assert [(one.message, one.place) for one in diagnostics("language='b'\nname='a'\n[build]\n")] == [
        ("`language` stands in no table", top),
        ("`file.description` is missing", top),
        (project.message, top),
        ("`name` stands in no table", Place("s.toml", 2, 1)),
    ]
    assert [one.message for one in diagnostics("file = 1")] == [project.message, "`file` must be a table"]
    assert [one.message for one in diagnostics("file.descripton = 'd'\nproject.name = 'a'")] == [
        "`file.language` is missing",
        "unknown key `descripton` in [file]",
        "`project.requirements` is missing",
        "unknown key `name` in [project]",
    ]


def test_a_fault_keeps_its_reason_and_its_places() -> None:
    [found] = diagnostics(BASE + "build.tags = ['a', 'a']")
    assert found == Diagnostic(
        "SB208",
        '`build.tags[1]` repeats "a"',
        Place("s.toml", 3, 20),
        hint="remove one of the two",
        also=(Place("s.toml", 3, 15),),
    )


def test_the_path_stands_for_what_has_no_place() -> None:
    document = TomlDocument({"file": 1}, {}, "")
    assert {one.place for one in validate(document, "x.toml")} == {Place("x.toml", 1, 1)}


def test_a_misspelt_required_name_is_one_fault_and_not_also_missing() -> None:
    text = '[file]\nnmae = "a"\nlanguage = "python"\ndescription = "d"\n[projetc]\nrequirements = "r"\n'
    assert told(text) == [("SB203", "s.toml:2:1"), ("SB202", "s.toml:5:2")]


def test_what_is_missing_is_told_at_its_table() -> None:
    assert told('# x\n [file]\nname = "a"\n') == [
        ("SB201", "s.toml:1:1"),
        ("SB201", "s.toml:2:3"),
        ("SB201", "s.toml:2:3"),
    ]


@pytest.mark.parametrize("name", REFUSED_PARAMETERS)
def test_a_parameter_that_is_not_the_specs_is_refused_with_its_reason(name: str) -> None:
    [found] = diagnostics(BASE + f"build.parameters.{name} = 1")
    assert (found.code, found.why) == ("SB210", REFUSED_PARAMETERS[name])


@pytest.mark.parametrize("value", ["nan", "-inf", "2026-01-01", "07:32:00", "18446744073709551616", "[{a = [nan]}]"])
def test_a_parameter_that_json_can_not_hold_is_refused(value: str) -> None:
    assert [one.code for one in diagnostics(BASE + f"build.parameters.p = {value}")] == ["SB211"]


@pytest.mark.parametrize("value", ["0", "0.5", "true", "'x'", "[]", "{}", "[1, {a = [false]}]", "18446744073709551615"])
def test_any_other_parameter_is_taken(value: str) -> None:
    assert diagnostics(BASE + f"build.parameters.p = {value}") == ()


@pytest.mark.parametrize(
    ("value", "good"),
    [("0", False), ("-1", False), ("nan", False), ("inf", False), ("true", False), ("0.5", True), ("10", True)],
)
def test_a_time_limit_is_a_number_above_zero(value: str, good: bool) -> None:
    found = [one for one in diagnostics(BASE + f"[[example]]\ntimeout_s = {value}") if one.severity == "error"]
    assert (not found) is good


@pytest.mark.parametrize(
    ("name", "good"),
    [("../x", False), ("/x", False), ("", False), ("a\\\\b", False), ("a\\u001b", False), ("a/b", True)],
)
def test_files_of_an_example_stay_in_its_folder(name: str, good: bool) -> None:
    text = BASE + f'[[example]]\nfiles = {{"{name}" = ""}}\nexpect_files = {{"{name}" = ""}}'
    codes = [one.code for one in diagnostics(text) if one.severity == "error"]
    assert codes == ([] if good else ["SB209", "SB209"])


def test_a_doubled_output_is_told_with_both_places() -> None:
    [found] = diagnostics(BASE + "build.outputs = ['a', 'b', 'a']")
    assert (found.code, str(found.place), [str(one) for one in found.also]) == ("SB208", "s.toml:3:28", ["s.toml:3:18"])


@pytest.mark.parametrize("key", ["outputs", "directory", "model", "service", "tags"])
def test_escape_characters_in_a_name_are_an_error_that_does_not_repeat_them(key: str) -> None:
    value = '["\\u001b[31m"]' if key in ("outputs", "tags") else '"\\u001b[31m"'
    [found] = diagnostics(BASE + f"build.{key} = {value}")
    assert found.code == "SB209"
    assert "\x1b" not in found.message


def test_texts_for_the_model_and_data_for_a_program_may_hold_anything() -> None:
    text = BASE.replace('"r"', '"\\u001b[31m is red"') + '[[example]]\nstdin = "\\u0000\\u001b"'
    assert diagnostics(text) == ()


def test_a_feature_that_comes_later_is_a_note_once_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for table, key, values in (("build", "mode", ("agent",)), ("build", "tags", ()), ("verify", "lint", ())):
        later = fields_of(table)[key]._replace(later="is without effect yet: a test", later_for=values)
        monkeypatch.setitem(fields_of(table), key, later)  # type: ignore[arg-type]
    text = BASE + "build = {mode='agent', tags=['a']}\nverify.lint = true\n[[example]]\n"
    assert [(one.code, one.severity, one.message, str(one.place)) for one in diagnostics(text)] == [
        ("SB212", "note", "`build.mode` is without effect yet: a test", "s.toml:3:10"),
        ("SB212", "note", "`build.tags` is without effect yet: a test", "s.toml:3:24"),
        ("SB212", "note", "`verify.lint` is without effect yet: a test", "s.toml:4:8"),
    ]
    assert diagnostics(BASE + "build = {mode='single', tags=[]}\nverify.lint = false") == ()


def test_faults_stand_in_the_order_of_the_file() -> None:
    text = '[verify]\nlnt = 1\n[build]\nattempts = 0\n[project]\nrequirements = ""\n[file]\nname = 1\nlanguage = "c"\n'
    places = [one.place for one in diagnostics(text) if one.place]
    assert places == sorted(places)
    assert [place.line for place in places] == [2, 4, 6, 7, 8]


def test_more_faults_than_anybody_reads_are_cut() -> None:
    text = BASE + "[build]\n" + "\n".join(f"attempts_{i} = 1" for i in range(2_000))
    found = diagnostics(text)
    assert len(found) == MAX_FAULTS + 1
    assert found[-1] == Diagnostic(
        "SB213", "there are more than 100 faults; the others are not told", found[-2].place, hint="mend these first"
    )
    assert [one.place.line for one in found[:-1] if one.place] == list(range(4, 104))


def test_a_hundred_faults_are_all_told_and_the_first_found_go_before_values() -> None:
    text = BASE + "[verify]\nlint = 1\n[build]\n" + "\n".join(f"attempts_{i} = 1" for i in range(MAX_FAULTS - 1))
    found = diagnostics(text)
    assert (len(found), found[0].code, found[-1].code) == (MAX_FAULTS, "SB204", "SB203")
    found = diagnostics(f"{text}\nattempts_ = 1")
    assert (len(found), found[0].code, found[-1].code) == (MAX_FAULTS + 1, "SB203", "SB213")


def test_a_name_longer_than_any_path_is_refused_unread() -> None:
    assert [one.code for one in diagnostics(BASE + 'build.model = "' + "\\u001b" * 1_001 + '"')] == ["SB206"]
