"""Requests and their next turns."""

from specbuild.reply import Reply
from specbuild.request import Request, next_body

BODY = {"model": "m", "messages": [{"role": "user", "content": "a"}], "seed": 1}


def test_a_request_knows_its_model():
    assert Request(BODY, "default").model == "m"


def test_the_next_turn_is_the_body_its_reply_and_what_follows():
    following = [{"role": "user", "content": "b"}]
    assert next_body(BODY, Reply("x"), following) == {
        "model": "m",
        "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "x"}, *following],
        "seed": 1,
    }
    assert len(BODY["messages"]) == 1, "the body itself stays as it was"
