"""Waits, marked by argv[1], together with a child."""

import os
import time

os.fork()
print("waiting", flush=True)
time.sleep(60)
