"""Breaks the Python validator one rule at a time and tells which vectors notice.

Reads a JSON list of `{"from", "to", "files"}` from its input: text of the validator, what to put in its place, and the
files of vectors to run then. Writes a JSON list, for each the ids that failed.
"""

import importlib
import json
import sys
import types
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "python-validator"
sys.path.insert(0, str(EXAMPLE))
sys.dont_write_bytecode = True

import gatehouse_validator  # noqa: E402
import run_vectors  # noqa: E402
import settings  # noqa: E402

SOURCE = Path(gatehouse_validator.__file__).read_text("utf-8")


def failures_with(change):
    broken = types.ModuleType("gatehouse_validator")
    exec(SOURCE.replace(change["from"], change["to"]), vars(broken))
    sys.modules["gatehouse_validator"] = broken
    importlib.reload(settings)
    importlib.reload(run_vectors)
    failed = []
    for name in change["files"]:
        vectors = json.loads((run_vectors.VECTORS / f"{name}.json").read_text("utf-8"))
        failed += [f"{name}:{vector}" for vector, holds in run_vectors.RUNNERS[name](vectors) if not holds]
    return failed


changes = json.load(sys.stdin)
astray = [change["from"] for change in changes if SOURCE.count(change["from"]) != 1]
if astray:
    sys.exit("the validator does not hold exactly once:\n" + "\n".join(astray))
json.dump([failures_with(change) for change in changes], sys.stdout)
