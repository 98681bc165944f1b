"""What a run was made with: the versions of the libraries, and the machine."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("apprentice-assistant", "torch", "transformers", "trl", "peft", "accelerate", "datasets", "bitsandbytes")


def versions() -> dict[str, str]:
    """Return the versions of Python and the libraries that a run depends on; what is not installed is left out."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, str]:
    """Name the device that computes, and how many cores there are."""
    import torch

    device = torch.cuda.get_device_name() if torch.cuda.is_available() else platform.processor() or platform.machine()
    return {"device": device, "cores": str(os.cpu_count())}
