"""Run a program that is not ours so that it ends with its parent: ``python foreign.py PARENT PROGRAM ARGUMENT …``.

This process becomes the program, which so keeps its process id, its exit code and its signals. It imports nothing of
the package: it is run by its path, since it has to be quick.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def ending_with_us(program: list[str]) -> list[str]:
    """The command that runs a program which is not ours so that it ends with this process."""
    return [sys.executable, "-I", "-S", os.path.abspath(__file__), str(os.getpid()), *program]


def become(parent: int, command: list[str]) -> None:
    """Become ``command``; it is killed when the process ``parent``, which started us, ends."""
    if sys.platform == "linux":
        # It counts from the thread that started us. The host starts children on threads that live as long as itself.
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        _leave_a_watcher()
    if os.getppid() != parent:  # it ended before it could be watched
        sys.exit(1)
    os.execvp(command[0], command)


def _leave_a_watcher() -> None:
    """A child of ours that waits for the end of stdin, whose other end the parent holds, and kills us then."""
    target = os.getpid()
    if os.fork():
        return
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while os.read(0, 1024):
        pass
    if os.getppid() == target:  # else it has ended, and the number may be somebody else's
        os.kill(target, signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    become(int(sys.argv[1]), sys.argv[2:])
