"""Ask the server in this container whether it can answer; ends with 0 if so, for health checks."""

import sys
import urllib.request

if __name__ == "__main__":
    try:
        with urllib.request.urlopen("http://127.0.0.1:7860/readyz", timeout=8):
            sys.exit(0)
    except OSError as error:
        sys.exit(f"not ready: {error}")
