"""Makes a socket of a family of which a shut-in program has no need."""

import socket
import sys

try:
    family = {"vsock": 40, "netlink": 16, "packet": 17, "alg": 38, "bluetooth": 31}[sys.argv[1]]
    made = socket.socket(family, socket.SOCK_RAW if family in (16, 17) else socket.SOCK_STREAM if family != 38 else 5)
    print("SUCCEEDED")
except OSError as error:
    print(error)
