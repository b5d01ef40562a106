"""Runs the vectors of conformance/vectors against the validator of this folder.

    python3 run_vectors.py [--json] [folder of the vectors]

Ends with 0 when every vector comes out as expected, with 1 and the ids of those that do not.
"""

import base64
import json
import sys
from math import inf
from pathlib import Path

try:
    import cryptography  # noqa: F401
except ImportError:
    sys.exit("python3-cryptography is missing: apt-get install python3-cryptography, or pip install cryptography")

from gatehouse_validator import Refusal, check_signature, import_jwk, parse_jws
from settings import validator_with

VECTORS = Path(__file__).resolve().parents[2] / "conformance" / "vectors"


class Clock:
    def __init__(self, now_ms):
        self.now_ms, self.elapsed_ms = now_ms, 0

    def wait(self, ms):
        self.now_ms += ms
        self.elapsed_ms += ms

    def surroundings(self):
        return {"now_ms": lambda: self.now_ms, "monotonic_ms": lambda: self.elapsed_ms}


def judge(validator, token, freshness="open", service_accounts=False):
    if isinstance(freshness, dict):
        freshness = freshness["bounded_seconds"]
    try:
        return {"verdict": "accepted", "principal": validator.check(token, freshness, service_accounts)}
    except Refusal as refusal:
        return {"verdict": "refused", "reason": refusal.reason}


def run_token_groups(file):
    for group in file["groups"]:
        clock = Clock(0)
        in_order = validator_with(group["validator"], **clock.surroundings())
        for vector in group["vectors"]:
            clock.now_ms = vector["now_ms"]
            alone = validator_with(group["validator"], **clock.surroundings())
            services = group["validator"].get("service_accounts", False)
            found = [judge(validator, vector["token"], service_accounts=services) for validator in (alone, in_order)]
            yield vector["id"], found == [vector["expected"]] * 2


def run_configurations(file):
    for vector in file["vectors"]:
        try:
            validator_with(vector["validator"])
            outcome = "usable"
        except ValueError:
            outcome = "refused"
        yield vector["id"], outcome == vector["expected"]


def run_jws(file):
    for vector in file["vectors"]:
        try:
            key = import_jwk(vector["jwk"])
            header, payload, signature, signed = parse_jws(vector["jws"])
            check_signature(header, signature, signed, key)
            outcome = {"valid": key.algorithm in vector["algorithms"]}
            if outcome["valid"]:
                outcome["payload"] = base64.urlsafe_b64encode(payload).rstrip(b"=").decode()
        except ValueError:
            outcome = {"valid": False}
        yield vector["id"], outcome == vector["expected"]


def verdicts_hold(validator, tokens, expectations):
    for each in expectations:
        found = judge(validator, tokens[each["token"]], each.get("freshness", "open"))
        found.pop("principal", None)
        if found != each["expected"]:
            return False
    return True


def run_key_bundles(file):
    for sequence in file["sequences"]:
        validator = validator_with(sequence["validator"], **Clock(file["now_ms"]).surroundings())
        yield sequence["id"], all([bundle_step_holds(validator, file["tokens"], step) for step in sequence["steps"]])


def bundle_step_holds(validator, tokens, step):
    try:
        taken = validator.offer(step["document"])
    except ValueError:
        taken = False
    issuer = validator.issuer
    in_force = issuer and {"version": issuer["ver"], "keys": len(issuer["keys"])}
    expected = (step["taken"], step["in_force"])
    return (taken, in_force) == expected and verdicts_hold(validator, tokens, step["verdicts"])


class Log:
    """The log a transcript writes, trims and cuts off."""

    def __init__(self):
        self.records, self.readable = [], True

    def __call__(self):
        if not self.readable:
            raise ConnectionError("the log is cut off")
        return [(record["id"], record["fields"]) for record in self.records]


def run_transcripts(file):
    for transcript in file["transcripts"]:
        clock, log = Clock(file["now_ms"]), Log()
        validator = validator_with(file["validator"], read_log=log, **clock.surroundings())
        steps = transcript["steps"]
        yield transcript["id"], all([feed_step_holds(validator, clock, log, file["tokens"], step) for step in steps])


def feed_step_holds(validator, clock, log, tokens, step):
    match step["do"]:
        case "start" | "read":
            validator.feed.read()
        case "append":
            log.records += step["records"]
        case "notice":
            validator.feed.notice(step["text"])
        case "cut":
            log.readable = False
        case "heal":
            log.readable = True
            validator.feed.read()
        case "trim":
            log.records = log.records[len(log.records) - step["keep"] :]
        case "roll_back":
            log.records = log.records[: len(log.records) - step["count"]]
        case "wait":
            clock.wait(step["ms"])
        case "set_clock":
            clock.now_ms += step["ms"]
        case "expect":
            return state_holds(validator.feed, clock, step) and verdicts_hold(validator, tokens, step["verdicts"])
        case other:
            raise ValueError(f"unknown step {other}")
    return True


def state_holds(feed, clock, step):
    feed.forget(clock.now_ms)
    held = {(scope, value): ends for (scope, value), ends in feed.ended.items()}
    for entry in step["replica"]:
        found = held.pop((entry["scope"], entry["value"]), None)
        if found != (entry["cutoff"], entry["until_ms"]) and not (found is None and entry.get("optional")):
            return False
    least, most = (inf if bound is None else bound for bound in (step["age_ms"]["least"], step["age_ms"]["most"]))
    place = None if feed.epoch is None else feed.position
    age_holds = least <= clock.elapsed_ms - feed.proven_at <= most
    expected = (step["complete"], step["epoch"], step["position"])
    return age_holds and not held and (feed.complete, feed.epoch, place) == expected


RUNNERS = {
    "tokens": run_token_groups,
    "configurations": run_configurations,
    "jws": run_jws,
    "key-bundles": run_key_bundles,
    "feed": run_transcripts,
}


def main(arguments):
    folder = Path(next((each for each in arguments if not each.startswith("--")), VECTORS))
    passed, failed = 0, []
    for name, run in RUNNERS.items():
        for vector, holds in run(json.loads((folder / f"{name}.json").read_text("utf-8"))):
            passed += holds
            failed += [] if holds else [f"{name}:{vector}"]
    if "--json" in arguments:
        print(json.dumps({"passed": passed, "failed": failed}))
    else:
        print("\n".join([f"FAILED {vector}" for vector in failed] + [f"{passed} passed, {len(failed)} failed"]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
