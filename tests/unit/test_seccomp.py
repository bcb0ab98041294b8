"""The filter, run by a small interpreter of classic BPF: which calls it lets through, on both processors."""

import errno
import struct

import pytest

from specbuild.sandboxes.seccomp import (
    ABSENT,
    AF_INET,
    AF_UNIX,
    ALLOW,
    ERROR,
    KILL,
    OUTSIDE_METADATA,
    PROCESSORS,
    REFUSED,
    filter_program,
)

MACHINES = sorted(PROCESSORS)


def answer(program: bytes, machine: str, call: str | int, *arguments: int, audit: int | None = None) -> int:
    """Return what the kernel would: the filter's verdict on one call."""
    number = PROCESSORS[machine].calls[call] if isinstance(call, str) else call
    padded = (*arguments, *(6 - len(arguments)) * (0,))
    seen = struct.pack("<IIQ6Q", number, PROCESSORS[machine].audit if audit is None else audit, 0, *padded)
    lines = list(struct.iter_unpack("<HBBI", program))
    at = held = 0
    while True:
        code, if_true, if_false, value = lines[at]
        at += 1
        if code == 0x20:
            held = struct.unpack_from("<I", seen, value)[0]
        elif code == 0x06:
            return value
        else:
            holds = {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}[code]
            at += if_true if holds else if_false


@pytest.fixture(params=MACHINES)
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_refused_call_is_known_by_number_on_some_processor(machine: str) -> None:
    old = {"iopl", "ioperm", "modify_ldt"}  # calls of one processor only
    assert {name for name in REFUSED + ABSENT if name not in PROCESSORS[machine].calls} <= old


def test_numbers_are_not_given_twice(machine: str) -> None:
    numbers = list(PROCESSORS[machine].calls.values())
    assert len(numbers) == len(set(numbers))


def test_refused_and_absent_calls_get_their_errors(machine: str) -> None:
    program = filter_program(machine, families=(AF_UNIX,))
    for names, error in ((REFUSED, errno.EPERM), (ABSENT, errno.ENOSYS)):
        for name in names:
            if name in PROCESSORS[machine].calls:
                assert answer(program, machine, name) == ERROR | error, name


def test_ordinary_calls_pass(machine: str) -> None:
    program = filter_program(machine, families=())
    for number in (0, 1, 2, 3, 9, 63, 64):  # read, write and their like on both
        if number not in PROCESSORS[machine].calls.values():
            assert answer(program, machine, number) == ALLOW


def test_sockets_are_made_of_the_families_named(machine: str) -> None:
    program = filter_program(machine, families=(AF_UNIX, AF_INET))
    refused = ERROR | errno.EAFNOSUPPORT
    verdicts = [answer(program, machine, "socket", family) for family in (1, 2, 10, 16, 17, 38, 40)]
    assert verdicts == [ALLOW, ALLOW, refused, refused, refused, refused, refused]
    assert answer(filter_program(machine, families=()), machine, "socket", 1) == refused
    assert answer(program, machine, "socketpair", 1) == ALLOW
    assert answer(program, machine, "socketpair", 2) == refused


def test_the_upper_half_of_an_argument_changes_nothing(machine: str) -> None:
    program = filter_program(machine, families=(AF_UNIX,))
    assert answer(program, machine, "socket", 40 | 1 << 32) == ERROR | errno.EAFNOSUPPORT


def test_threads_can_be_made_and_namespaces_can_not(machine: str) -> None:
    program = filter_program(machine, families=())
    assert answer(program, machine, "clone", 0x3D0F00) == ALLOW  # what pthread_create asks for
    assert answer(program, machine, "clone", 0x11) == ALLOW  # fork
    for flag in (0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
        assert answer(program, machine, "clone", 0x11 | flag) == ERROR | errno.EPERM


def test_nothing_is_typed_into_a_terminal(machine: str) -> None:
    program = filter_program(machine, families=())
    assert answer(program, machine, "ioctl", 0, 0x5412) == ERROR | errno.EPERM
    assert answer(program, machine, "ioctl", 0, 0x541C) == ERROR | errno.EPERM
    assert answer(program, machine, "ioctl", 0, 0x5413) == ALLOW


def test_another_instruction_set_is_killed(machine: str) -> None:
    program = filter_program(machine, families=())
    assert answer(program, machine, 0, audit=0x40000003) == KILL
    if machine == "x86_64":
        assert answer(program, machine, 0x40000000 | 425) == KILL


def test_further_calls_can_be_refused(machine: str) -> None:
    assert answer(filter_program(machine, families=()), machine, "fchmodat") == ALLOW
    more = filter_program(machine, families=(), also_refused=OUTSIDE_METADATA)
    assert answer(more, machine, "fchmodat") == ERROR | errno.EPERM


def test_an_unknown_processor_is_an_error() -> None:
    with pytest.raises(KeyError):
        filter_program("sparc", families=())
