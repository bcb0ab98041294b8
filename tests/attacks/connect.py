"""Reaches a server that is not its own: argv is the family and the address. It must get the server's word back."""

import socket
import struct
import sys

kind, address, canary = sys.argv[1:4]
try:
    if kind == "tcp":
        connection = socket.create_connection(("127.0.0.1", int(address)), timeout=2)
    elif kind in ("udp", "dns"):
        connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        connection.connect(("127.0.0.1", int(address)))
    elif kind in ("unix", "abstract"):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(address if kind == "unix" else "\0" + address)
    connection.settimeout(2)
    if kind == "dns":  # a question for "secret.example", type TXT
        question = b"".join(bytes([len(part)]) + part.encode() for part in ("secret", "example")) + b"\0"
        connection.send(struct.pack(">6H", 1, 0x100, 1, 0, 0, 0) + question + struct.pack(">2H", 16, 1))
    else:
        connection.send(b"hello")
    if canary.encode() in connection.recv(512):
        print("SUCCEEDED")
except OSError as error:
    print(error)
