"""What a web process weighs once it could answer any request: one JSON line.

    python benchmarks/web_memory.py

A fresh process imports config.wsgi and every URL with its views, as a worker of the web server does.
The figure is the resident set in MB (10^6 bytes); `shared_mb` of it is read from files and so shared
among workers. `heavy` names libraries of the engines that came along, and must be empty.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAVY = (
    "torch",
    "torchaudio",
    "transformers",
    "pyannote",
    "whisperx",
    "faster_whisper",
    "ctranslate2",
    "numba",
    "librosa",
    "silero_vad",
    "resemblyzer",
    "pocketsphinx",
)
CHILD = f"""
import json, sys
import config.wsgi
from django.urls import get_resolver
get_resolver().reverse_dict
get_resolver()._populate()
import psutil
memory = psutil.Process().memory_info()
heavy = [name for name in {HEAVY!r} if name in sys.modules]
print(json.dumps({{"rss": memory.rss, "shared": memory.shared, "modules": len(sys.modules),
                  "heavy": heavy, "urls": "config.urls" in sys.modules}}))
"""


def weigh() -> dict[str, object]:
    """Resident and shared bytes, modules, and what should not be there."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Print the figure."""
    found = weigh()
    figure = {
        "figure": "web_process_mb",
        "value": round(found["rss"] / 1e6, 1),
        "shared_mb": round(found["shared"] / 1e6, 1),
        "modules": found["modules"],
        "heavy": found["heavy"],
    }
    print(json.dumps(figure))
    sys.exit(1 if found["heavy"] else 0)


if __name__ == "__main__":
    main()
