"""Works on and on, and takes no notice of signals. argv: seconds after which it calls that a success."""

import contextlib
import signal
import sys
import time

for number in range(1, 65):
    with contextlib.suppress(OSError, ValueError):
        signal.signal(number, signal.SIG_IGN)
until = time.monotonic() + float(sys.argv[1])
while time.monotonic() < until:
    pass
print("SUCCEEDED")
