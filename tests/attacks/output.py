"""Prints argv MB, to the stream argv names."""

import sys

stream = sys.stdout.buffer if sys.argv[2] == "stdout" else sys.stderr.buffer
for _ in range(int(sys.argv[1])):
    stream.write(b"x" * (1 << 20))
stream.flush()
print("SUCCEEDED")
