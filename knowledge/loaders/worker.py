"""A worker process: reads, draws or cuts the files that it is asked for, within limits of memory and time.

Run as `python -m knowledge.loaders.worker SECONDS MEGABYTES`, by `workers`: it takes a line of JSON for each file on
its standard input, and answers with eight bytes of length and as many bytes, the first of which tells the kind. It ends
when its input does.
"""

import contextlib
import json
import os
import queue
import resource
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from knowledge.errors import BadInput, UnreadableFile, UnsupportedFormat
from knowledge.loaders import replies
from knowledge.loaders.cutting import Cutting, cut
from knowledge.loaders.options import Options

LONGEST = 1 << 28
"""The most bytes of a reply."""
READY, MEMORY = b"S", b"M"
REFUSALS: Mapping[bytes, type[BadInput]] = {b"U": UnsupportedFormat, b"R": UnreadableFile, b"B": BadInput}
"""How a reply begins that says what is wrong with a file; the narrower errors first."""


def _main(seconds: float, megabytes: int) -> None:
    """Do what is asked for."""
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # what libraries print is no reply
        _limit(megabytes)
        requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=_listen, args=(requests,), daemon=True).start()
        _send(out, READY)
        while True:
            request = json.loads(requests.get())
            # Should the parent be gone and this process deaf in a library, the system ends it.
            signal.setitimer(signal.ITIMER_REAL, seconds + 10)
            reply = _answer(request)
            signal.setitimer(signal.ITIMER_REAL, 0)
            _send(out, reply if len(reply) <= LONGEST else MEMORY)
            if _peak() > megabytes / 3:
                os._exit(0)  # so that the next file has all the memory; it goes to a fresh process


def _limit(megabytes: int) -> None:
    os.nice(5)
    for kind, most in ((resource.RLIMIT_AS, megabytes << 20), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):  # macOS knows no limit of addresses
            resource.setrlimit(kind, (most, most))


def _peak() -> float:
    """Return the most megabytes that this process has held."""
    status = Path("/proc/self/status")
    if status.exists():  # what the system counts as used begins with what the parent held, however large that is
        held = next((line for line in status.read_text().splitlines() if line.startswith("VmHWM:")), "VmHWM: 0 kB")
        return int(held.split()[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _listen(requests: "queue.SimpleQueue[bytes]") -> None:
    """Hand over requests; their end means that the parent ended, and then nothing here shall live on."""
    for line in sys.stdin.buffer:
        requests.put(line)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _send(out: IO[bytes], reply: bytes) -> None:
    out.write(len(reply).to_bytes(8) + reply)
    out.flush()


def _read(request: Mapping[str, Any]) -> bytes:
    from knowledge.loaders import formats

    options = Options(**request["options"])
    return replies.pack(formats.load(options.name, Path(request["path"]).read_bytes(), options))


def _draw(request: Mapping[str, Any]) -> bytes:
    from knowledge.loaders.drawing import page_picture

    return page_picture(Path(request["path"]).read_bytes(), request["page"], request["boxes"])


def _cut(request: Mapping[str, Any]) -> bytes:
    return replies.pack_cut(cut(replies.made(request["content"]), Cutting(**request["cutting"])))


_KINDS: Mapping[str, Callable[[Mapping[str, Any]], bytes]] = {"read": _read, "draw": _draw, "cut": _cut}


def _answer(request: Mapping[str, Any]) -> bytes:
    """Return the reply for a file; what its parser may throw has become an UnreadableFile in `formats.load`."""
    try:
        return READY + _KINDS[request["kind"]](request)
    except BadInput as error:
        kind = next(kind for kind, known in REFUSALS.items() if isinstance(error, known))
        return kind + str(error).encode(errors="surrogatepass")
    except MemoryError:
        return MEMORY
    except OSError as error:
        why = f"{request['name']} cannot be read: {error.strerror or error}: try again"
        return b"R" + why.encode(errors="surrogatepass")


if __name__ == "__main__":
    _main(float(sys.argv[1]), int(sys.argv[2]))
