"""The failures that are repeated are the same in the protocol and in the policy."""

from specbuild.provider import RETRIED
from specbuild.retry import RetryPolicy


def test_the_kinds_that_are_repeated_are_those_of_the_protocol() -> None:
    assert set(RetryPolicy().retries) == RETRIED
