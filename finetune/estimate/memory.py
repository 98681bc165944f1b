"""How much memory this machine has for a run, and how much this process has held at most, in bytes."""

import os
import re
import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")
USABLE = 0.97
"""The share of the memory that a run can have; the rest is what the system, or the GPU's context, keeps."""
_UNLIMITED = 1 << 60


def capacity() -> int:
    """Return how much a run could have here: of the GPU where there is one, else of the machine or the container."""
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.mem_get_info()[1] * USABLE)
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return int(min(machine, _limit_of_container()) * USABLE)


def peak() -> int:
    """Return the most that this process has held since `forget`: on the GPU where there is one."""
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    if STATUS.exists():
        # unlike getrusage, this does not count what the parent held when it started this process
        return _kilobytes("VmHWM") * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def held() -> int:
    """Return what this process holds now."""
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.memory_allocated())
    return _kilobytes("VmRSS") * 1024 if STATUS.exists() else peak()


def forget() -> None:
    """Let the peak begin anew, where the system can do so (Linux, CUDA)."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    elif STATUS.exists():
        (STATUS.parent / "clear_refs").write_text("5")


def _kilobytes(name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", STATUS.read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


def _limit_of_container() -> int:
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        if Path(path).exists():
            text = Path(path).read_text().strip()
            return int(text) if text.isdigit() else _UNLIMITED
    return _UNLIMITED
