"""Start the assistant: read the arguments, build the settings, put the parts together, serve."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from assistant import homes, logs, server, settings
from assistant.errors import AssistantError
from finetune import models
from finetune.errors import FinetuneError
from knowledge.errors import KnowledgeError


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the page until interrupted; errors are one line on stderr."""
    parser = argparse.ArgumentParser(prog="app.py", description="Start Apprentice, the in-house chat assistant.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=7860, help="the port to listen on (default: %(default)s)")
    parser.add_argument("--model", help="embedded (default), a folder, a hub name, or openai:URL#NAME")
    parser.add_argument("--quantize", choices=["none", "8bit", "4bit"], help="how bitsandbytes holds the model")
    parser.add_argument("--home", type=Path, help="the folder that holds all state")
    options = parser.parse_args(arguments)
    logs.set_up("text")
    server.quiet_libraries()
    try:
        loaded = settings.load(home=options.home, model=options.model, quantize=options.quantize)
        logs.set_up(loaded.server.log)
        from assistant.assembly import assemble

        if not loaded.finetune.server:
            models.check(loaded.finetune)
        with homes.held(loaded.home), assemble(loaded) as assistant:
            server.serve(assistant, host=options.host, port=options.port)
    except (AssistantError, KnowledgeError, FinetuneError) as error:
        print(f"apprentice: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_status
    except KeyboardInterrupt:
        return 0
    except Exception:
        logging.getLogger("apprentice").exception("Apprentice ended with an error that it does not know")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
