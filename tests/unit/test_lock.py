"""The lock: stanzas, their traces, and what merges and hostile hands leave behind."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.canonical_json import digest
from specbuild.diagnostic import Diagnostic, Place
from specbuild.lock import Lock, lock_text, read_lock
from specbuild.pretty_json import pretty_json
from specbuild.stanza import OutputState, ReplyPin, Stanza, stanza_from_json, stanza_json, trace_of

INPUTS = {
    "context": {"docs/format.md": "0" * 16},
    "edition": 1,
    "mode": "single",
    "model": "m-1",
    "needs": {"parser/tokens": "python/1:" + "1" * 16},
    "parameters": "2" * 16,
    "service": "default",
    "spec": {"file.name": "3" * 16, "project.requirements": "4" * 16},
    "template": "default",
}
LEXER = Stanza(
    inputs=INPUTS,
    shape={"extract": "sentinel/1"},
    checks={"needs": {}},
    outputs={"build/parser/lexer.py": OutputState("644", "a" * 64)},
    reply=ReplyPin(2, "b" * 64, 0, "c" * 64),
    interface="python/1:" + "5" * 16,
    evidence={"passed": ["names", "text"], "not_checked": [], "python": "3.11", "sandbox": "bubblewrap"},
)
NEVER_PASSED = Stanza(inputs={**INPUTS, "model": None}, failed={"components": "d" * 64, "reply": None, "verdicts": []})
LOCK = Lock({"parser/lexer": LEXER, "hello": NEVER_PASSED})

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
hashes = st.text("0123456789abcdef", min_size=64, max_size=64)
maps = st.dictionaries(texts, texts, max_size=3)
stanzas = st.builds(
    Stanza,
    inputs=st.fixed_dictionaries(
        {
            "context": maps,
            "edition": st.integers(1, 3),
            "mode": texts,
            "model": st.none() | texts,
            "needs": maps,
            "parameters": texts,
            "service": texts,
            "spec": maps,
            "template": texts | maps,
        }
    ),
    shape=maps,
    checks=st.dictionaries(texts, texts | maps, max_size=3),
    outputs=st.dictionaries(texts, st.builds(OutputState, st.sampled_from(["644", "755"]), hashes), max_size=3),
    reply=st.none() | st.builds(ReplyPin, st.integers(1, 9), hashes, st.integers(0, 9), hashes),
    interface=st.none() | texts,
    origin=st.sampled_from(["generated", "accepted", "carried"]),
    revisions=st.integers(0, 9),
    failed=st.none() | maps,
    evidence=st.dictionaries(texts, st.lists(texts, max_size=3), max_size=2),
)


def fault_of(found):
    assert isinstance(found, Diagnostic), "it was read"
    return found


@given(st.dictionaries(texts, stanzas, max_size=3).map(Lock))
@settings(max_examples=60, deadline=None)
def test_every_lock_reads_back_as_it_was(lock):
    assert read_lock(lock_text(lock)) == lock
    assert lock_text(read_lock(lock_text(lock))) == lock_text(lock)


def test_every_scalar_stands_on_a_line_of_its_own_sorted():
    lines = lock_text(LOCK).splitlines()
    assert all(line.count('": ') <= 1 for line in lines)
    assert '    "build/parser/lexer.py": {' in lines
    assert '     "mode": "644",' in lines
    assert lines.index('  "hello": {') < lines.index('  "parser/lexer": {')
    assert lock_text(LOCK).endswith("}\n")
    assert list(json.loads(lock_text(LOCK))) == ["lock_version", "targets"]


def test_text_and_trace_are_pinned():
    assert digest(lock_text(LOCK)) == "b2c3521ec63e6b5532076a234f6f782d23aa82ee70ad2bd6f436d8cd646921f0"
    assert LEXER.trace == "90d8a2e666eac60398c25d36fd100c68091674cda2eed4d179c52cb8789db317"
    assert lock_text(Lock()) == '{\n "lock_version": 1,\n "targets": {}\n}\n'


def test_the_trace_covers_all_but_the_evidence():
    value = stanza_json(LEXER)
    assert (
        value["trace"] == trace_of(LEXER) == digest({k: v for k, v in value.items() if k not in ("trace", "evidence")})
    )
    parts = "checks evidence failed inputs interface origin outputs reply revisions shape trace"
    assert " ".join(sorted(value)) == parts


def test_no_lock_is_an_empty_lock():
    assert read_lock("") == Lock()


def test_a_mixture_of_two_sides_is_a_conflict_of_that_target_alone():
    value = json.loads(lock_text(LOCK))
    value["targets"]["parser/lexer"]["reply"]["sha256"] = "e" * 64
    mixed = pretty_json(value)
    found = read_lock(mixed)
    assert set(found.targets) == {"hello"}
    told = found.conflicts["parser/lexer"]
    assert told.code == "SB705"
    assert "specbuild lock --resolve" in told.hint
    assert "'parser/lexer'" in told.message
    assert mixed.splitlines()[told.place.line - 1] == '  "parser/lexer": {'
    assert lock_text(found) == mixed, "what was not understood is written back as it stood"


def test_changed_evidence_is_no_conflict():
    value = json.loads(lock_text(LOCK))
    value["targets"]["parser/lexer"]["evidence"]["sandbox"] = "landlock"
    assert not read_lock(pretty_json(value)).conflicts


@pytest.mark.parametrize("marks", ["<<<<<<< HEAD", "=======", ">>>>>>> other", "||||||| base"])
def test_merge_marks_are_recognised_and_their_line_told(marks):
    lines = lock_text(LOCK).splitlines()
    told = fault_of(read_lock("\n".join([*lines[:5], marks, *lines[5:]])))
    assert told.code == "SB702"
    assert told.place.line == 6
    assert "specbuild lock --resolve" in told.hint


def test_marks_inside_of_a_text_are_none():
    lock = Lock({"<<<<<<< HEAD\n=======\n": NEVER_PASSED})
    assert read_lock(lock_text(lock)) == lock


@pytest.mark.parametrize("version", [0, 2, 10**30])
def test_another_version_is_refused_whole(version):
    text = lock_text(LOCK).replace('"lock_version": 1', f'"lock_version": {version}')
    assert fault_of(read_lock(text)).code == "SB703"


@pytest.mark.parametrize(
    "text",
    [
        " ",
        "null",
        "{}",
        "[]",
        '{"lock_version": true, "targets": {}}',
        '{"lock_version": 1}',
        '{"lock_version": 1, "targets": []}',
        '{"lock_version": 1, "targets": {}, "more": 1}',
        '{"lock_version": 1, "targets": {}, "targets": {}}',
        '{"lock_version": NaN, "targets": {}}',
        '{"lock_version": 1, "targets": {}',
        "[" * 1_000_000,
        '{"a":' * 200_000,
        '{"lock_version": ' + "1" * 10_000 + "}",
    ],
)
def test_what_is_no_lock_is_told_and_never_crashes(text):
    assert fault_of(read_lock(text)).code == "SB701"


def test_one_target_named_twice_is_refused_as_json_would_drop_one():
    one = pretty_json(stanza_json(LEXER))
    told = fault_of(read_lock(f'{{"lock_version": 1, "targets": {{"a": {one}, "a": {one}}}}}'))
    assert "'a' stands twice" in told.message


def changed(**parts):
    return {**stanza_json(LEXER), **parts}


@pytest.mark.parametrize(
    "odd",
    [
        None,
        [],
        {},
        changed(more=1),
        changed(inputs=[]),
        changed(inputs={}),
        changed(inputs={**INPUTS, "edition": True}),
        changed(inputs={**INPUTS, "needs": "x"}),
        changed(inputs={**INPUTS, "spec": {"file.name": 1}}),
        changed(checks=None),
        changed(outputs={"a": {"mode": "777", "sha256": "a" * 64}}),
        changed(outputs={"a": {"mode": "644", "sha256": "A" * 64}}),
        changed(outputs={"a": {"mode": "644"}}),
        changed(outputs={"a": "x"}),
        changed(reply=[]),
        changed(reply={}),
        changed(reply={"attempts": 0, "key": "b" * 64, "sample": 0, "sha256": "c" * 64}),
        changed(reply={"attempts": 1.0, "key": "b" * 64, "sample": 0, "sha256": "c" * 64}),
        changed(reply={"attempts": 1, "key": "b" * 63, "sample": 0, "sha256": "c" * 64}),
        changed(interface=1),
        changed(origin="stolen"),
        changed(origin=[]),
        changed(revisions=-1),
        changed(failed="x"),
    ],
)
def test_a_malformed_stanza_is_told_and_the_others_stand(odd):
    assert fault_of(stanza_from_json(odd, target_id="a")).code == "SB704"
    found = read_lock(json.dumps({"lock_version": 1, "targets": {"a": odd, "hello": stanza_json(NEVER_PASSED)}}))
    assert set(found.targets) == {"hello"}
    assert found.conflicts["a"].code == "SB704"
    assert found.unread == {"a": odd}


def test_a_stanza_reads_back_from_its_json():
    assert stanza_from_json(json.loads(json.dumps(stanza_json(LEXER)))) == LEXER


def test_surrogates_and_deep_values_in_a_stanza_are_told_too():
    deep: object = "x"
    for _ in range(300):
        deep = [deep]
    assert fault_of(stanza_from_json(changed(shape={"a": deep}))).code == "SB704"
    assert fault_of(stanza_from_json(changed(shape={"a": "\ud800"}))).code == "SB704"
    assert fault_of(stanza_from_json(changed(evidence={"a": deep}))).code == "SB704"


@pytest.mark.parametrize("odd", ['"hell\\ud800": {}', '"a": "\\ud800"', '"a": ' + "[" * 300 + "]" * 300])
def test_a_lock_that_could_not_be_written_back_is_not_read(odd):
    assert fault_of(read_lock(f'{{"lock_version": 1, "targets": {{{odd}}}}}')).code == "SB701"


def unreadable(fault, path="specbuild.lock"):
    hint = f"bring back a good one, for example with: git checkout -- {path}"
    return Diagnostic("SB701", f"the lock can't be read: {fault}", Place(path), hint=hint)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[" * 1_000_000, "its brackets are nested too deeply"),
        ("", None),
        ("nil", "Expecting value: line 1 column 1 (char 0)"),
        ('{"b": [{"a": 1, "c": 2, "c": 3, "a": 4}]}', "the name 'a' stands twice in one object"),
        ('{"lock_version": 1, "targets": {"a": Infinity}}', "Infinity is no JSON"),
        ('{"targets": {}}', "it has no lock_version"),
        ('{"lock_version": 1.0, "targets": {}}', "it has no lock_version"),
        ('{"lock_version": 1, "targets": null}', "its head is not lock_version and targets"),
        ('{"lock_version": 1}', "its head is not lock_version and targets"),
    ],
)
def test_what_is_wrong_with_a_lock_is_said_in_words(text, fault):
    found = read_lock(text, "a.lock")
    assert found == (Lock() if fault is None else unreadable(fault, "a.lock"))


def test_what_no_build_writes_is_said_in_words():
    told = fault_of(read_lock('{"lock_version": 1, "targets": {"a": "\\ud800"}}')).message
    assert told == "the lock can't be read: it holds what no build writes ($: lone surrogate U+D800)"


def test_another_version_is_told_before_anything_else():
    assert read_lock('{"more": 1, "lock_version": 7}') == Diagnostic(
        "SB703",
        "the lock has lock_version 7, and this specbuild reads 1",
        Place("specbuild.lock"),
        "a newer specbuild wrote it; reading it in part could undo its work",
        "install the specbuild that wrote it, or a newer one",
    )


def test_the_marks_of_a_merge_have_their_own_words():
    assert read_lock("{\n<<<<<<< ours\n=======\n>>>>>>> theirs\n", "x/specbuild.lock") == Diagnostic(
        "SB702",
        "the lock holds the marks of an unfinished merge",
        Place("x/specbuild.lock", 2, 1),
        "until they are settled nobody can say which outputs are right, so nothing is built",
        "specbuild lock --resolve takes each entry from the side that answers the merged sources, without a call",
    )
    for no_mark in ("{\n <<<<<<< ours\n", "{\n<<<<<<<\n", "{\n========\n"):
        assert fault_of(read_lock(no_mark)).code == "SB701"


def test_a_conflict_stands_where_its_name_is_written():
    text = '{"lock_version": 1, "targets": {\n\n    "a.b" :\n{},"é\\"": 1\n, "x": 2,\n"aXb":\n3,\n"y\u2028z": 4}}'
    places = {name: told.place for name, told in read_lock(text, "p").conflicts.items()}
    assert places == {
        "a.b": Place("p", 3, 1),
        'é"': Place("p"),
        "x": Place("p"),
        "aXb": Place("p", 6, 1),
        "y\u2028z": Place("p", 8, 1),
    }


def test_a_stanza_counts_before_what_stands_unread():
    assert lock_text(Lock({"a": LEXER}, {}, {"a": 1, "b": None})) == pretty_json(
        {"lock_version": 1, "targets": {"a": stanza_json(LEXER), "b": None}}
    )
