"""Makes a system call that a shut-in program has no need of: argv are its number and arguments. Any answer succeeds."""

import ctypes
import errno
import sys

libc = ctypes.CDLL(None, use_errno=True)
result = libc.syscall(*(ctypes.c_long(int(word, 0)) for word in sys.argv[1:]))
error = ctypes.get_errno() if result == -1 else 0
print("SUCCEEDED" if error not in (errno.EPERM, errno.ENOSYS) else "refused", result, error)
