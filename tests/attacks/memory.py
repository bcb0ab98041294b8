"""Holds memory in several processes: argv is how many, and the MB of each; "shared" holds it in shared mappings."""

import mmap
import os
import sys
import time

children, megabytes = int(sys.argv[1]), int(sys.argv[2])
reading, writing = os.pipe()
for _ in range(children):
    if os.fork() == 0:
        flags = mmap.MAP_SHARED if "shared" in sys.argv else mmap.MAP_PRIVATE
        try:
            held = mmap.mmap(-1, megabytes << 20, flags | mmap.MAP_ANONYMOUS)
            for _ in range(megabytes):
                held.write(b"x" * (1 << 20))
        except (OSError, MemoryError):
            os._exit(1)
        os.write(writing, b"x")
        time.sleep(30)
os.close(writing)
ready = 0
while ready < children and (piece := os.read(reading, 100)):
    ready += len(piece)
print("SUCCEEDED" if ready == children else "stopped at", ready, flush=True)
os._exit(0)
