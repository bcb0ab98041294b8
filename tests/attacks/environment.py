"""Looks for the canary in its own environment and in that of every process it can see.

argv: the canary, written backwards, so that this command line is not what is found.
"""

import os
import pathlib
import sys

canary = sys.argv[1][::-1].encode()
found = [b"own"] if any(canary in value for value in os.environb.values()) else []
for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
    try:
        if canary in path.read_bytes():
            found.append(str(path).encode())
    except OSError:
        pass
for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
    try:
        if path.parent.name != str(os.getpid()) and canary in path.read_bytes():
            found.append(str(path).encode())
    except OSError:
        pass
print("SUCCEEDED" if found else "nothing found")
