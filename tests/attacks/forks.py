"""Starts processes until it can't, or has as many as argv says; they all wait for its end."""

import os
import signal
import sys

made = 0
try:
    while made < int(sys.argv[1]):
        if os.fork() == 0:
            signal.pause()
        made += 1
except OSError as error:
    print(error)
print("SUCCEEDED" if made >= int(sys.argv[1]) else "stopped at", made)
os.killpg(0, signal.SIGKILL) if os.getpgrp() == os.getpid() else None
