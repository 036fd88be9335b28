"""The fence a child puts round itself, once and for good, before it looks at a file nobody trusts.

Several independent layers, each used where the kernel allows: an empty network namespace, Landlock (which files and
ports), seccomp (which system calls), and rlimits. All are inherited by ffmpeg. None needs privileges.
"""

import ctypes
import os
import resource
import signal
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)

_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_NEWIPC = 0x10000000, 0x40000000, 0x08000000
_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38

# Landlock has the same call numbers on every architecture.
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE, _IOCTL = 1, 2, 4, 8, 1 << 14, 1 << 15
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
_FS_BITS = {1: 13, 2: 14, 3: 15, 4: 15}

# Denied calls, by machine: (audit architecture, {name: number}).
_DENIED = {
    "x86_64": (
        0xC000003E,
        {
            "socket": 41, "connect": 42, "bind": 49, "listen": 50, "socketpair": 53, "ptrace": 101, "setpgid": 109,
            "setsid": 112, "pivot_root": 155, "chroot": 161, "mount": 165, "umount2": 166, "init_module": 175,
            "add_key": 248, "request_key": 249, "keyctl": 250, "unshare": 272, "perf_event_open": 298,
            "open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311,
            "finit_module": 313, "bpf": 321, "userfaultfd": 323, "io_uring_setup": 425, "pidfd_getfd": 438,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {
            "umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51, "unshare": 97, "init_module": 105,
            "ptrace": 117, "setpgid": 154, "setsid": 157, "socket": 198, "socketpair": 199, "bind": 200,
            "listen": 201, "connect": 203, "add_key": 217, "request_key": 218, "keyctl": 219, "perf_event_open": 241,
            "open_by_handle_at": 265, "setns": 268, "process_vm_readv": 270, "process_vm_writev": 271,
            "finit_module": 273, "bpf": 280, "userfaultfd": 282, "io_uring_setup": 425, "pidfd_getfd": 438,
        },
    ),
}  # fmt: skip


# Programs and libraries are mapped beside what they allocate.
_CODE = 2 << 30


def set_limits(memory: int, cpu_seconds: int, file_bytes: int) -> None:
    """rlimits: bytes of memory to write to, processor time, the largest file to be written (memory files too)."""
    for what, value in (
        (resource.RLIMIT_AS, memory + _CODE),
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # A second between the two limits on time: the first is a signal that says why, the second is the end.
        resource.setrlimit(what, (value, value + 1 if what == resource.RLIMIT_CPU and value != hard else value))


def limit_processor(seconds: int) -> None:
    """At most so many seconds on the processor from now on, for this process alone."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard == resource.RLIM_INFINITY or seconds < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def die_with(parent: int) -> None:
    """Be killed when `parent`, the process that started this one, ends. Linux only; elsewhere nothing happens.

    Call after `put_up`: the kernel forgets this wish when a process changes its credentials.
    """
    if hasattr(_libc, "prctl"):
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def put_up(readable: Iterable[str], writable: str) -> list[str]:
    """Close off everything else: files outside `readable` (trees or files) and `writable` (a folder), the network,
    other processes. Returns the names of the layers that hold.

    Call before any thread is started: Landlock and seccomp bind threads, not processes.
    """
    layers = ["limits"]
    if sys.platform != "linux":
        return layers
    if _no_network_namespace():
        layers.append("network namespace")
    if _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        if _landlock(readable, writable):
            layers.append("landlock")
        if _seccomp():
            layers.append("seccomp")
    return layers


def _no_network_namespace() -> bool:
    # A user namespace without a map also drops every capability that root would have had over files.
    if _libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC) == 0:
        return True
    return bool(_libc.unshare(_CLONE_NEWNET | _CLONE_NEWIPC) == 0)


def _landlock(readable: Iterable[str], writable: str) -> bool:
    version = _libc.syscall(_LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        return False
    handled = (1 << _FS_BITS.get(version, 16)) - 1
    tcp_both = 3 if version >= 4 else 0
    signals_and_abstract_sockets = 3 if version >= 6 else 0
    length = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = struct.pack("QQQ", handled, tcp_both, signals_and_abstract_sockets)[:length]
    ruleset = _libc.syscall(_LANDLOCK_CREATE, rules, length, 0)
    if ruleset < 0:
        return False
    try:
        reading = _READ_FILE | _READ_DIR | _EXECUTE
        for path, rights in [*((path, reading) for path in readable), (writable, handled), ("/dev/null", handled)]:
            try:
                place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except OSError:
                continue
            try:
                allowed = rights & handled if Path(path).is_dir() else rights & handled & _FILE_RIGHTS
                if _libc.syscall(_LANDLOCK_ADD, ruleset, 1, struct.pack("=Qi", allowed, place), 0):
                    return False
            finally:
                os.close(place)
        return bool(_libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def _seccomp() -> bool:
    machine = os.uname().machine
    if machine not in _DENIED:
        return False
    architecture, denied = _DENIED[machine]
    load, equal, at_least, answer = 0x20, 0x15, 0x35, 0x06
    allow, refuse, kill = 0x7FFF0000, 0x00050000 | 1, 0x80000000
    numbers = sorted(denied.values())
    lines = [
        (load, 0, 0, 4),
        (equal, 1, 0, architecture),
        (answer, 0, 0, kill),
        (load, 0, 0, 0),
        # The x32 calls are the same calls under other numbers.
        (at_least, len(numbers) + 1, 0, 0x40000000),
        *((equal, len(numbers) - i, 0, number) for i, number in enumerate(numbers)),
        (answer, 0, 0, allow),
        (answer, 0, 0, refuse),
    ]
    code = b"".join(struct.pack("=HBBI", *line) for line in lines)
    program = _Program(len(lines), code)
    return bool(_libc.prctl(_PR_SET_SECCOMP, 2, ctypes.byref(program), 0, 0) == 0)
