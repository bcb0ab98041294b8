"""Threads share one heap; without the request for it glibc gives them several."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

HEAPS = """\
import ctypes, sys, threading
if sys.argv[1] == "asked":
    from specbuild.work.malloc import use_one_heap
    assert use_one_heap()
begun = threading.Barrier(9)
def take():
    held = [bytes(1000) for _ in range(100)]
    begun.wait()
    begun.wait()
threads = [threading.Thread(target=take) for _ in range(8)]
for one in threads:
    one.start()
begun.wait()
library = ctypes.CDLL(None)
library.fopen.restype = ctypes.c_void_p
file = library.fopen(sys.argv[2].encode(), b"w")
library.malloc_info(0, ctypes.c_void_p(file))
library.fclose(ctypes.c_void_p(file))
begun.wait()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has no such heaps")
@pytest.mark.parametrize(("way", "is_one"), [("asked", True), ("not asked", False)])
def test_threads_that_begin_later_share_the_heap(tmp_path: Path, way: str, is_one: bool) -> None:
    told = tmp_path / "heaps.xml"
    subprocess.run([sys.executable, "-c", HEAPS, way, str(told)], check=True, cwd=Path(__file__).parents[2], timeout=60)
    heaps = told.read_text().count("<heap nr=")
    assert (heaps == 1) is is_one, heaps
