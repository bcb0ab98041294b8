"""Where many threads take memory: from one heap instead of one for each, most of which would stay half empty.

Python asks the C library for whatever is larger than 512 bytes. glibc gives each thread a heap of its own (up to eight
times the processors) so that they need not wait for each other; under the lock of one interpreter they hardly do.
"""

from contextlib import suppress

_M_ARENA_MAX = -8
"""malloc.h of glibc; mallopt(3)."""


def use_one_heap() -> bool:
    """Let threads that begin from now on share the first heap; return whether the C library does so (glibc alone)."""
    import ctypes  # only where many threads come, 5 ms

    with suppress(AttributeError, OSError):  # another C library
        return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1))
    return False
