"""Records: a committed reply proves itself."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.canonical_json import digest, short_digest
from specbuild.diagnostic import Diagnostic, Place
from specbuild.keys import logical_body, reply_key
from specbuild.pretty_json import pretty_json
from specbuild.record import (
    Record,
    check_turn,
    format_record,
    output_record,
    read_record,
    record_name,
    record_text,
    reply_record,
)
from specbuild.reply import Reply, Source, Usage, reply_digest
from specbuild.request import Request, next_body

texts = st.text(st.sampled_from("a \n\r\f\u2028\x00é😀`=") | st.characters(exclude_categories=("Cs",)), max_size=30)

ASKED = Request(
    {
        "model": "m-1",
        "messages": [{"role": "system", "content": "You write\ncode.\n"}, {"role": "user", "content": "a sort"}],
        "temperature": 0.5,
        "user": "somebody",
    },
    "default",
)
FIRST = reply_record(
    ASKED, Reply("one\ntwo\n"), source=Source("openai", "m-1-2024", Usage(812, 310)), spec={"file.name": "qsort"}
)
REPAIR = [{"role": "user", "content": "It printed\n1\n"}]
SECOND_ASKED = Request(next_body(ASKED.body, FIRST.reply, REPAIR), "default")
SECOND = reply_record(SECOND_ASKED, Reply("three\n"), source=Source("openai"), parent=FIRST, append=REPAIR)
ACCEPTED = output_record({"a.py": "x = 1\n", "b.py": ""}, spec={"file.name": "qsort"})
FORMATTED = format_record(["ruff", "format", "-"], "x=1\n", "x = 1\n")
REVIEW = reply_record(ASKED, Reply("good"), source=Source("inbox"), kind="review")
ALL = [FIRST, SECOND, ACCEPTED, FORMATTED, REVIEW]


def fault_of(found):
    assert isinstance(found, Diagnostic), "it was read"
    return found


def resealed(value):
    """The text of a forged record whose checksum is right."""
    rest = {key: one for key, one in value.items() if key != "checksum"}
    return pretty_json({**rest, "checksum": short_digest(rest)})


@pytest.mark.parametrize("record", ALL)
def test_a_record_reads_back_as_the_same_text_under_its_own_name(record):
    found = read_record(record_text(record), f"cache/replies/{record.key[:2]}/{record_name(record)}")
    assert found == record
    assert record_text(found) == record_text(record)
    assert (found.kind, found.key, found.turn, found.sha256) == (record.kind, record.key, record.turn, record.sha256)


@given(texts, texts, st.dictionaries(texts, texts, max_size=2))
@settings(max_examples=60, deadline=None)
def test_every_text_comes_back_exactly(prompt, content, spec):
    asked = Request({"model": "m", "messages": [{"role": "user", "content": prompt}]}, "default", 3)
    record = reply_record(asked, Reply(content), source=Source("openai"), spec=spec)
    found = read_record(record_text(record), record_name(record))
    assert isinstance(found, Record)
    assert found.reply == record.reply
    assert found.body == asked.body
    assert found.spec == spec


def test_texts_stand_as_lines_so_that_a_review_reads_them():
    value = json.loads(record_text(FIRST))
    assert value["reply"]["content"] == ["one\n", "two\n"]
    assert value["request"]["messages"][0]["content"] == ["You write\n", "code.\n"]
    assert value["request"]["messages"][1]["content"] == ["a sort"]
    assert "user" not in value["request"]


def test_lines_are_split_at_newlines_only():
    record = format_record(["f"], "a\r\nb\x0cc\u2028d", "")
    value = json.loads(record_text(record))
    assert value["request"]["text"] == ["a\r\n", "b\x0cc\u2028d"]
    assert value["reply"]["content"] == []


@pytest.mark.parametrize("record", ALL)
def test_one_flipped_bit_anywhere_is_refused_and_names_the_record(record):
    written, name = record_text(record).encode(), record_name(record)
    for at in range(len(written)):
        for bit in (0x01, 0x20):
            flipped = bytearray(written)
            flipped[at] ^= bit
            try:
                text = flipped.decode()
            except UnicodeDecodeError:
                continue
            assert name in fault_of(read_record(text, name)).message, (at, bit)


def test_a_record_with_another_content_and_a_right_checksum_is_refused_by_its_digest():
    value = json.loads(record_text(FIRST))
    value["reply"]["content"] = ["evil\n"]
    assert fault_of(read_record(resealed(value), record_name(FIRST))).code == "SB706"
    # the control: the same forging without a change is the record itself
    assert resealed(json.loads(record_text(FIRST))) == record_text(FIRST)


def test_a_record_of_another_request_is_refused_by_its_key():
    value = json.loads(record_text(FIRST))
    value["request"]["model"] = "m-2"
    assert "key does not come out" in fault_of(read_record(resealed(value), record_name(FIRST))).message


@pytest.mark.parametrize(
    ("key", "odd"),
    [
        ("service", 5),
        ("sample", -1),
        ("sample", True),
        ("parent", "../../x"),
        ("kind", "other"),
        ("spec", []),
        ("reply", None),
        ("request", {}),
        ("source", {"provider": 1}),
        ("more", 1),
        ("record", "1"),
        ("key_version", 2),
    ],
)
def test_a_part_of_the_wrong_kind_is_refused_even_with_a_right_checksum(key, odd):
    value = {**json.loads(record_text(FIRST)), key: odd}
    assert fault_of(read_record(resealed(value), record_name(FIRST))).code == "SB706"


@pytest.mark.parametrize("key", ["key", "reply", "request", "spec", "service", "sample", "parent", "kind", "source"])
def test_a_missing_part_is_refused(key):
    value = json.loads(record_text(FIRST))
    del value[key]
    without_source = replace(FIRST, source=None)
    if key == "source":
        assert isinstance(read_record(resealed(value), record_name(FIRST)), Record)
        assert resealed(value) == record_text(without_source)
    else:
        assert fault_of(read_record(resealed(value), record_name(FIRST))).code == "SB706"


def test_a_record_under_another_name_is_refused():
    assert "another name" in fault_of(read_record(record_text(FIRST), record_name(SECOND))).message
    assert "another name" in fault_of(read_record(record_text(FIRST), record_name(FIRST)[:-5])).message


@pytest.mark.parametrize("text", ["", "null", "[]", "{", "[" * 100_000, '{"a":' * 100_000, "NaN", '{"record": NaN}'])
def test_what_is_no_record_is_refused_without_a_crash(text):
    assert fault_of(read_record(text, record_name(FIRST))).code == "SB706"


def test_a_record_of_a_newer_specbuild_says_so():
    value = {**json.loads(record_text(FIRST)), "record": 2}
    assert fault_of(read_record(resealed(value), record_name(FIRST))).code == "SB707"


def test_names_hold_the_first_key_the_turn_and_the_reply():
    assert record_name(FIRST) == f"{reply_key(ASKED)}.1.{reply_digest(FIRST.reply)[:16]}.json"
    assert record_name(SECOND) == f"{reply_key(ASKED)}.2.{reply_digest(SECOND.reply)[:16]}.json"
    assert SECOND.parent == record_name(FIRST).removesuffix(".json")
    assert SECOND.first_key == FIRST.key != SECOND.key


def test_a_later_turn_holds_neither_request_nor_spec():
    value = json.loads(record_text(SECOND))
    assert "request" not in value
    assert "spec" not in value
    assert value["append"] == [{"role": "user", "content": ["It printed\n", "1\n"]}]


def test_the_key_of_a_later_turn_comes_out_of_its_parent():
    read = read_record(record_text(SECOND), record_name(SECOND))
    body = logical_body(ASKED.body)
    assert check_turn(read, body, FIRST.reply) is None
    for odd in (
        check_turn(read, body, Reply("other\n")),
        check_turn(read, {**body, "model": "m-2"}, FIRST.reply),
        check_turn(replace(read, append=()), body, FIRST.reply),
        check_turn(replace(read, sample=1), body, FIRST.reply),
    ):
        assert odd.code == "SB708"


def test_tool_calls_take_part_in_the_next_turn():
    calls = Reply("", "tool_calls", ({"id": "1", "function": {"name": "f", "arguments": "{}"}},))
    body = next_body(ASKED.body, calls, [{"role": "tool", "content": "done"}])
    assert body["messages"][-2:] == [
        {"role": "assistant", "content": "", "tool_calls": calls.tool_calls},
        {"role": "tool", "content": "done"},
    ]


def test_source_and_spec_are_outside_of_key_and_digest():
    other = replace(FIRST, source=Source("inbox"), spec={"file.name": "other"})
    assert record_name(other) == record_name(FIRST)
    assert record_text(other) != record_text(FIRST)


def test_an_accepted_text_is_known_by_its_files_and_a_format_by_what_was_asked():
    assert ACCEPTED.key == digest({"b.py": "", "a.py": "x = 1\n"}) == ACCEPTED.sha256
    assert FORMATTED.key == digest({"format": 1, "argv": ["ruff", "format", "-"], "text": "x=1\n"})
    assert format_record(["ruff", "format", "-"], "x=1\n", "x  = 1\n").key == FORMATTED.key


def test_the_text_is_pinned():
    assert digest(record_text(FIRST)) == "4ce56348f68b5e370dc38c32f6873020b7c751c18e69ac283d9f56586e596fbb"
    assert digest(record_text(SECOND)) == "38832cc45a447306e530e0b5bd5b08425e5c18276265f13d8dfee342ba3ec231"


def damaged(name, fault):
    return Diagnostic(
        "SB706",
        f"the record {name} is damaged: {fault}",
        Place(name),
        why="a record whose bytes were changed could pass off another text as the model's reply",
        hint=f"bring it back from the history, for example with: git checkout -- {name}",
    )


def without(value, key):
    return {name: one for name, one in value.items() if name != key}


FORGED = json.loads(record_text(FIRST))
MISSING = "a part of it is missing or odd"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("nil", "Expecting value: line 1 column 1 (char 0)"),
        ("[NaN]", "NaN is no JSON"),
        ("[" * 100_000, "its brackets are nested too deeply"),
        ("[]", "it is no object"),
        (resealed({**FORGED, "kind": "other"}), "'other' is no kind of record"),
        (resealed({**FORGED, "parent": "../../x"}), "its parent is no record's name"),
        (resealed({**FORGED, "parent": f"{'a' * 64}.01.{'b' * 16}"}), "its parent is no record's name"),
        (resealed({**FORGED, "parent": f"{'a' * 64}.1.{'b' * 16}\n"}), "its parent is no record's name"),
        (resealed({**FORGED, "sample": -1}), "-1 stands where a count should"),
        (resealed({**FORGED, "service": 5}), "5 stands where a text should"),
        (resealed({**FORGED, "spec": []}), "[] stands where an object should"),
        (resealed({**FORGED, "request": {**FORGED["request"], "messages": 3}}), "3 stands where an array should"),
        (resealed(without(FORGED, "reply")), MISSING),
        (resealed({**FORGED, "request": without(FORGED["request"], "messages")}), MISSING),
        (resealed({**FORGED, "source": {"provider": "p", "model": None}}), MISSING),
        (resealed({**FORGED, "more": 1}), "its text is not the one that was written"),
        (resealed({**FORGED, "sha256": "a" * 64}), "its text is not the one that was written"),
        (resealed(FORGED)[:-1], "its text is not the one that was written"),
        (resealed({**FORGED, "sample": 1}), "its key does not come out of its request"),
        (resealed({**FORGED, "key": "a" * 64}), "its key does not come out of its request"),
        (
            resealed({**FORGED, "request": {**FORGED["request"], "user": "x"}}),
            "its request holds what the model does not see",
        ),
        (
            resealed({**FORGED, "request": {**FORGED["request"], "max_tokens": 1}}),
            "its request holds what the model does not see",
        ),
        (record_text(SECOND), "it is the record of another name"),
    ],
)
def test_what_is_wrong_with_a_record_is_said_in_words(text, fault):
    for name in (record_name(FIRST), f"cache/replies/43/{record_name(FIRST)}"):
        assert read_record(text, name) == damaged(name, fault)


@pytest.mark.parametrize("record", [ACCEPTED, FORMATTED])
def test_the_key_of_every_kind_must_come_out(record):
    value = {**json.loads(record_text(record)), "key": "a" * 64}
    told = fault_of(read_record(resealed(value), record_name(record)))
    assert told.message.endswith("its key does not come out of its request")


def test_a_surrogate_in_a_record_is_damage():
    text = record_text(FIRST).replace("code.", "\\ud800")
    assert "lone surrogate U+D800" in fault_of(read_record(text, record_name(FIRST))).message


def test_a_newer_record_has_its_own_words():
    assert read_record('{"record": 7}', "n.json") == Diagnostic(
        "SB707",
        "the record n.json has version 7, and this specbuild reads 1",
        Place("n.json"),
        hint="install the specbuild that wrote it, or a newer one",
    )


def test_a_turn_without_its_parent_has_its_own_words():
    name = record_name(SECOND)
    wanted = Diagnostic(
        "SB708",
        f"the record {name} does not follow the one it names as its parent",
        Place(name),
        why="its key must come out of the parent's request, the parent's reply and its own messages",
        hint="bring both back from the history, or ask again with: specbuild regenerate",
    )
    assert check_turn(SECOND, ASKED.body, Reply("other")) == wanted
    assert check_turn(SECOND, ASKED.body, Reply("\ud800")) == wanted


def test_a_record_holds_what_its_kind_needs_and_nothing_else():
    assert Record(
        "reply", reply_key(ASKED), Reply("one\ntwo\n"), "default", 0, None, (), logical_body(ASKED.body), None,
        {"file.name": "qsort"}, Source("openai", "m-1-2024", Usage(812, 310)),
    ) == FIRST  # fmt: skip
    later = reply_record(SECOND_ASKED, Reply("x"), source=Source("p"), spec={"a": 1}, parent=FIRST, append=REPAIR)
    assert later == Record(
        "reply", reply_key(SECOND_ASKED), Reply("x"), parent=SECOND.parent, append=tuple(REPAIR), source=Source("p")
    )
    third = reply_record(replace(ASKED, service="s", sample=3), Reply("y"), source=Source("p"), parent=later)
    assert (third.turn, third.first_key, third.append) == (3, FIRST.key, ())
    assert (third.service, third.sample) == ("s", 3)
    assert record_name(third) == f"{FIRST.key}.3.{third.reply16}.json"
    files = {"a.py": "x = 1\n"}
    accepted = output_record(files, spec={"a": 1})
    assert accepted == Record("output", digest(files), files={"a.py": "x = 1\n"}, spec={"a": 1})
    assert accepted.files is not files
    asked = {"format": 1, "argv": ["f"], "text": "t"}
    assert format_record(("f",), "t", "r") == Record("format", digest(asked), Reply("r"), body=asked)
    assert reply_record(ASKED, Reply("z"), source=Source("p"), append=REPAIR).append == ()


def test_the_texts_of_the_other_kinds_are_pinned():
    assert digest(record_text(ACCEPTED)) == "632f175a0e60c7e81aa44f01e164b6c9850dde3bdca57f9c5f53110665918d24"
    assert digest(record_text(FORMATTED)) == "3f21568ac0cd9f0f480972085a1eaa8dbab73e2e6ae56cb71fbf412171e47aee"
    assert digest(record_text(REVIEW)) == "9633070ff69f4c3a0954f196bc649f68ea578335631621b5ba9f36de299aafbd"


THOUGHT = reply_record(
    ASKED,
    Reply("", "tool_calls", ({"id": "1"},), {"reasoning_content": "first\nthen", "reasoning": "hm\n"}),
    source=Source("openai"),
)


def test_reasoning_stands_as_lines_and_only_where_there_is_any():
    text = record_text(THOUGHT)
    assert json.loads(text)["reply"]["reasoning"] == {"reasoning": ["hm\n"], "reasoning_content": ["first\n", "then"]}
    assert read_record(text, record_name(THOUGHT)) == THOUGHT
    for record in ALL:
        assert "reasoning" not in record_text(record)


@pytest.mark.parametrize("odd", [{}, [], None, "hm", {"reasoning": "hm"}, {"reasoning": [1]}, {"reasoning": ["hm"]}])
def test_odd_or_other_reasoning_is_refused_even_with_a_right_checksum(odd):
    value = json.loads(record_text(THOUGHT))
    value["reply"]["reasoning"] = odd
    assert fault_of(read_record(resealed(value), record_name(THOUGHT))).code == "SB706"
    value = json.loads(record_text(FIRST))
    value["reply"]["reasoning"] = {}
    assert fault_of(read_record(resealed(value), record_name(FIRST))).code == "SB706", "none is not written"


def test_a_turn_after_thoughts_follows_them():
    body = next_body(ASKED.body, THOUGHT.reply, REPAIR)
    later = reply_record(Request(body, "default"), Reply("b"), source=Source("openai"), parent=THOUGHT, append=REPAIR)
    assert check_turn(later, logical_body(ASKED.body), THOUGHT.reply) is None
    other = replace(THOUGHT.reply, reasoning={"reasoning_content": "something else"})
    assert check_turn(later, logical_body(ASKED.body), other).code == "SB708"
