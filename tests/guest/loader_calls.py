# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Run a program whose system calls a test sees before the kernel does: it lets each pass, makes it fail,
or kills who made it, at exactly that place (seccomp_unotify(2)). x86-64 only, as ramimg is.
"""
import ctypes
import errno
import fcntl
import os
import select
import socket
import struct
import subprocess
import threading

NUMBERS = {
    "read": 0, "write": 1, "lseek": 8, "mmap": 9, "ioctl": 16, "pread64": 17, "pwrite64": 18, "clone": 56,
    "fork": 57, "ftruncate": 77, "mkdir": 83, "fchmod": 91, "fchown": 93, "mount": 165,
    "umount2": 166, "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "openat": 257,
    "mkdirat": 258, "mknodat": 259, "fchownat": 260, "linkat": 265, "symlinkat": 266,
    "fchmodat": 268, "utimensat": 280, "copy_file_range": 326, "pwritev": 296, "writev": 20,
    "clone3": 435, "fchmodat2": 452, "chmod": 90, "chown": 92, "finit_module": 313,
}
NAMES = {number: name for name, number in NUMBERS.items()}
KILL = object()
# The longest that a program may be about something that no test sees.
SECONDS = 120 * float(os.environ.get("RAMIMG_TEST_SLOW", "1"))

_X86_64 = 0xC000003E
_ALLOW, _NOTIFY = 0x7FFF0000, 0x7FC00000
_RECEIVE, _SEND = 0xC0502100, 0xC0182101     # ioctls: 80 bytes in, 24 out
_CONTINUE = 1
_SYS_SECCOMP, _SET_FILTER, _NEW_LISTENER = 317, 1, 8
_libc = ctypes.CDLL(None, use_errno=True)


def _program(numbers):
    """Classic BPF over struct seccomp_data: the calls in `numbers` go to the listener."""
    code = [(0x20, 0, 0, 4), (0x15, 0, len(numbers) + 1, _X86_64), (0x20, 0, 0, 0)]
    code += [(0x15, len(numbers) - i, 0, n) for i, n in enumerate(numbers)]
    return code + [(0x06, 0, 0, _ALLOW), (0x06, 0, 0, _NOTIFY)]


def _install(numbers):
    """In the child, before it becomes the program. @return the listener's descriptor."""
    code = _program(numbers)
    filters = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *i) for i in code))
    prog = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code), ctypes.addressof(filters)))
    fd = _libc.syscall(_SYS_SECCOMP, _SET_FILTER, _NEW_LISTENER, prog)
    if fd < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return fd


class Call:
    """A system call about to be made: by which thread of which process, with which arguments."""

    def __init__(self, raw):
        self.id, self.thread, _, number, _, _, *self.args = struct.unpack("=QIIiIQ6Q", raw)
        self.name = NAMES[number]
        with open(f"/proc/{self.thread}/status") as f:
            ids = dict(line.split()[:2] for line in f if line.startswith(("Tgid:", "PPid:")))
        self.process, self.parent = int(ids["Tgid:"]), int(ids["PPid:"])


def _answer(listener, decide, seen):
    """Until the program and all it started are gone. @return what it waited for in vain, or None."""
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    while True:
        events = poll.poll(SECONDS * 1000)
        if not events:
            last = f"{seen[-1].name} by process {seen[-1].process}" if seen else "none"
            return f"neither a call nor the end of all processes within {SECONDS:.0f} s; the last call: {last}"
        if events[0][1] & select.POLLHUP:
            return None
        raw = bytearray(80)
        try:
            fcntl.ioctl(listener, _RECEIVE, raw)
            call = Call(bytes(raw))
        except OSError as e:
            if e.errno in (errno.ENOENT, errno.ESRCH, errno.EINTR):
                continue        # it died meanwhile
            raise
        seen.append(call)
        verdict = decide(call)
        if verdict is KILL:
            os.kill(call.process, 9)
            continue
        error = -verdict if verdict else 0
        reply = struct.pack("=QqiI", call.id, 0, error, 0 if verdict else _CONTINUE)
        try:
            fcntl.ioctl(listener, _SEND, reply)
        except OSError as e:
            if e.errno != errno.ENOENT:
                raise


def run(args, names, decide, **options):
    """
    subprocess.run(args), each call in `names` by decide(call): None lets it pass, an errno makes it
    fail, KILL kills the process. @return what subprocess.run returns, and the list of calls.
    """
    here, there = socket.socketpair()
    seen, faults = [], []

    def listen():
        _, (fd,), _, _ = socket.recv_fds(here, 1, 1)
        try:
            faults.append(_answer(fd, decide, seen))
        finally:
            os.close(fd)    # whoever still waits gets ENOSYS

    def install():
        fd = _install([NUMBERS[n] for n in names])
        socket.send_fds(there, [b"x"], [fd])
        os.close(fd)

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        result = subprocess.run(args, preexec_fn=install, check=False, **options)
    finally:
        there.close()
        thread.join()
        here.close()
    if faults != [None]:
        raise AssertionError(f"{args[0]}: {faults or 'the calls could not be answered'}")
    return result, seen


def unpacking(call):
    """Not ramload itself but the process that it has started."""
    return call.parent != os.getpid()


def nth(number, answer):
    """For run(): the unpacking process' call `number`, from 0 on, gets that answer; all others pass."""
    count = iter(range(1 << 30))
    return lambda call: answer if unpacking(call) and next(count) == number else None
