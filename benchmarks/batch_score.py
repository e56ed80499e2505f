"""What a scan found, against the truth of a made archive (`benchmarks/archive.py`).

    python benchmarks/batch_score.py ARCHIVE CATALOG

Right: verdict, first cause, its node and its time are those of the truth.  Abstained: it says that
evidence is missing, or why the run could not be read.  Wrong: anything else.  Of runs whose
evidence was damaged or cut off, only a cause that is not theirs is wrong.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the checkout, installed or not

from benchmarks import archive, measure

QUESTION = """SELECT l.location, l.state, r.status, r.problem, r.verdict, r.condition, r.cause_node,
r.cause_at, r.h2o_version, r.cloud_name, r.host, r.user_name
FROM locations AS l LEFT JOIN runs AS r ON l.run = r.run"""
ABSTAINED = {None, "insufficient_evidence"}
NEAR_DAYS = 30
"""How far from its day a cause may be said to have begun: few runs show it."""
Q = 0.05


class Score(NamedTuple):
    """Runs by outcome, and what was wrong or not there."""

    counts: Counter[str]
    complaints: list[str]


def tool(*words: str) -> list[str]:
    """Command of the tool, from this checkout."""
    return [sys.executable, "-m", "h2o_forensics", *words]


def found_runs(catalog: Path) -> dict[str, dict[str, Any]]:
    """Ask the catalog what stands where."""
    asked = tool("query", QUESTION, "--catalog", str(catalog), "--format", "json")
    rows = json.loads(measure.once(asked).out)
    return {row["location"].removesuffix("/*"): row for row in rows}


def score_runs(folder: Path, truth: Mapping[str, Any], catalog: Path) -> Score:
    """Judge each run of the truth."""
    found, counts, complaints = found_runs(catalog), Counter[str](), []
    root = str(folder.resolve())
    for run in truth["runs"]:
        row = found.pop(f"{root}/{run['path']}", None)
        outcome, why = ("missing", "not in the catalog") if row is None else judged(run, row)
        counts[outcome] += 1
        if outcome in {"wrong", "missing"}:
            complaints.append(f"{run['path']} ({run['case']}, {run['form']}): {why}")
    counts["not a run"] = len(found)
    complaints += [f"{location}: no run of the archive" for location in sorted(found)]
    return Score(counts, complaints)


def judged(run: Mapping[str, Any], row: Mapping[str, Any]) -> tuple[str, str]:
    """Say how a run came out, and what differs."""
    condition = row["condition"]
    if not run["scored"]:
        cause = condition not in {None, run["condition"]} and row["verdict"] == "incident"
        return ("wrong", f"{condition} in spite of {run['fate']}") if cause else ("cut off", "")
    if row["status"] != "analyzed" or row["verdict"] in ABSTAINED:
        return "abstained", str(row["problem"] or row["verdict"])
    if (row["verdict"], condition) != (run["verdict"], run["condition"]):
        return "wrong", f"{row['verdict']}, {condition}"
    if run["nodes"] and row["cause_node"] != run["nodes"][0]:
        return "wrong", f"{condition} at {row['cause_node']}, not {run['nodes'][0]}"
    return _told_as(run, row)


def _told_as(run: Mapping[str, Any], row: Mapping[str, Any]) -> tuple[str, str]:
    """Compare the time, and who ran what."""
    if run["at"] is not None:
        late = (moment(row["cause_at"]) - moment(run["at"])).total_seconds()
        if abs(late) > run["within_s"]:
            return "wrong", f"{run['condition']} {late:.0f} s from its time"
    names = (row["cloud_name"], row["user_name"])
    # The node that joined no cloud is not in the zip that H2O gives.
    if row["h2o_version"] not in run["versions"] or names != (run["cluster"], run["user"]):
        return "wrong", f"ran as {row['h2o_version']}, {names}"
    return "right", ""


def moment(told: float | str) -> datetime:
    """Read a time as JSON has it."""
    if not isinstance(told, str):
        return datetime.fromtimestamp(told / 1000, UTC)
    read = datetime.fromisoformat(told)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def score_fleet(truth: Mapping[str, Any], fleet: Mapping[str, Any]) -> list[tuple[str, bool, str]]:
    """Say of each planted fact whether the fleet report has it, and what it says."""
    facts = truth["facts"]
    return [
        _regression(facts, fleet),
        _since(facts, fleet),
        _bad_host(facts, fleet),
        _user(facts, fleet),
        _exception(facts, fleet),
        _drift(facts, fleet),
        _slower(facts, fleet),
        _copies(facts, fleet),
        _nothing_else(facts, fleet),
    ]


def _regression(facts: Mapping[str, Any], fleet: Mapping[str, Any]) -> tuple[str, bool, str]:
    fact = facts["regression"]
    said = [one for one in fleet["regressions"] if one["condition"] == fact["condition"]]
    hit = [one for one in said if (one["dimension"], one["value"]) ==
           ("h2o_version", fact["h2o_version"])]  # fmt: skip
    words = "; ".join(one["says"] for one in hit or said) or "nothing"
    name = f"{fact['condition']} began with {fact['h2o_version']} ({len(fact['runs'])} runs)"
    return name, bool(hit), words


def _since(facts: Mapping[str, Any], fleet: Mapping[str, Any]) -> tuple[str, bool, str]:
    fact = facts["since"]
    said = [one for one in fleet["regressions"] if one["condition"] == fact["condition"]]
    days = [one for one in said if one["dimension"] == "day"]
    hit = [one for one in days if fact["day"] and
           abs((moment(one["value"][:10]) - moment(fact["day"])).days) <= NEAR_DAYS]  # fmt: skip
    words = "; ".join(one["says"] for one in hit or said) or "nothing"
    name = f"{fact['condition']} began about {fact['day']} ({len(fact['runs'])} runs)"
    return name, bool(hit), words


def _bad_host(facts: Mapping[str, Any], fleet: Mapping[str, Any]) -> tuple[str, bool, str]:
    """All causes of a machine together, or one cause that sits on it."""
    fact = facts["bad_host"]
    worst = [one for one in fleet["worst_nodes"] if one["host"] and (one["q"] or 1) < Q]
    said = [f"{one['name']}: {len(one['cause_runs'])} of {len(one['runs'])}" for one in worst]
    sits = [one for one in fleet["concentrations"] if one["dimension"] == "host"]
    said += [one["says"] for one in sits]
    accused = {one["name"] for one in worst} | {one["value"] for one in sits}
    name = f"{fact['host']} is a bad host ({len(fact['runs'])} runs)"
    return name, accused == {fact["host"]}, "; ".join(said) or "nothing"


def _user(facts: Mapping[str, Any], fleet: Mapping[str, Any]) -> tuple[str, bool, str]:
    fact = facts["user"]
    told = [one for one in fleet["concentrations"] if one["dimension"] == "user"]
    name = f"most {fact['condition']} are of {fact['user']} ({len(fact['runs'])} runs)"
    hit = [(one["value"], one["condition"]) for one in told] == [(fact["user"], fact["condition"])]
    return name, hit, "; ".join(one["says"] for one in told) or "nothing"


def _exception(facts: Mapping[str, Any], fleet: Mapping[str, Any]) -> tuple[str, bool, str]:
    fact = facts["exception"]
    same = [one for one in fleet["exceptions"] if one["root_class"] == fact["root_class"]]
    counts = sorted((len(one["runs"]) for one in same), reverse=True)
    least, cut = len(fact["runs"]), len(facts["damaged"]) + len(facts["growing"])
    name = f"one {fact['root_class']} in {least} runs, and some of the {cut} that are cut off"
    hit = any(least <= count <= least + cut for count in counts[:1])
    return name, hit, f"in {', '.join(map(str, counts)) or 'no'} runs"


def _drift(facts: Mapping[str, Any], fleet: Mapping[str, Any]) -> tuple[str, bool, str]:
    fact = facts["model_drift"]
    worse = [one for one in fleet["series"] if one["what"] == "model_metric" and one["worse"]]
    name = f"the model of {fact['cluster']} loses {fact['auc_lost']} AUC ({len(fact['runs'])} runs)"
    return name, bool(worse), "; ".join(one["says"] for one in worse) or "nothing"


def _slower(facts: Mapping[str, Any], fleet: Mapping[str, Any]) -> tuple[str, bool, str]:
    fact = facts["gc_loss"]
    worse = [one for one in fleet["series"] if one["what"] == "gc_loss" and one["worse"]]
    hit = [one["name"] for one in worse] == [fact["cluster"]]
    name = f"collections of {fact['cluster']} alone take longer ({len(fact['runs'])} runs)"
    return name, hit, "; ".join(one["says"] for one in worse) or "nothing"


def _copies(facts: Mapping[str, Any], fleet: Mapping[str, Any]) -> tuple[str, bool, str]:
    twice = sum(run["copies"] - 1 for run in fleet["runs"] if run["verdict"] != "failed")
    wanted = len(facts["copies"])
    return f"{wanted} copies", twice == wanted, f"{twice} copies"


def _nothing_else(facts: Mapping[str, Any], fleet: Mapping[str, Any]) -> tuple[str, bool, str]:
    planted = {
        (facts["regression"]["condition"], "h2o_version"),
        (facts["since"]["condition"], "day"),
    }
    # A cause that began with a version began on some day, too, and the other way round.
    also = {condition for condition, _ in planted}
    other = [one["says"] for one in fleet["regressions"] if one["condition"] not in also]
    return "no other cause began", not other, "; ".join(other) or "none"


def fleet_of(catalog: Path) -> dict[str, Any]:
    """Read the report that the scan left."""
    read: dict[str, Any] = json.loads((catalog / "fleet.json").read_text(encoding="utf-8"))
    return read


def told(score: Score, facts: Sequence[tuple[str, bool, str]]) -> str:
    """Write it down."""
    counts = ", ".join(f"{count} {what}" for what, count in sorted(score.counts.items()) if count)
    rows = [(name, "yes" if hit else "NO", words[:160]) for name, hit, words in facts]
    return f"Runs: {counts}.\n\n" + measure.table(("planted", "found", "what it says"), rows)


def main() -> int:
    """Score a catalog; 1 when a run is wrong, missing or none."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("archive", type=Path)
    parser.add_argument("catalog", type=Path)
    given = parser.parse_args()
    truth = json.loads(archive.truth_path(given.archive).read_text(encoding="utf-8"))
    score = score_runs(given.archive, truth, given.catalog)
    print(told(score, score_fleet(truth, fleet_of(given.catalog))))
    print("\n".join(score.complaints))
    return int(bool(score.complaints))


if __name__ == "__main__":
    sys.exit(main())
