"""The sentences of a diagnosis: why we are confident, why not another cause, the summary."""

from collections.abc import Iterable, Mapping, Sequence

from h2o_forensics.diagnose.graph import Link, effects_of
from h2o_forensics.diagnose.place import severity_of
from h2o_forensics.diagnose.rank import Standing
from h2o_forensics.model.artifact import Case, Gap
from h2o_forensics.model.diagnosis import OpenEnd, Suppressed, WhyNot
from h2o_forensics.model.finding import Finding
from h2o_forensics.model.units import show_duration, show_time

_LISTED = 4
_MODEL_FILES = frozenset({"model", "mojo", "pojo"})
_SAVED = {
    "model_metrics": "file of metrics",
    "grid": "grid",
    "automl": "AutoML run",
    "leaderboard": "leaderboard",
    "frame": "frame",
    "frame_chunks": "list of chunks",
}
"""Kinds of files about training, and what people call them."""
_OFTEN = ((0.9, "nearly always"), (0.6, "usually"), (0.0, "only sometimes"))


def why_confident(
    index: int, findings: Sequence[Finding], links: Sequence[Link], case: Case
) -> str:
    """How much evidence there is, who gives it, what it explains and in which order it came."""
    finding = findings[index]
    places = {(one.path, one.line, one.pointer) for one in finding.evidence}
    files = {one.path for one in finding.evidence}
    owner = {artifact.id: artifact.node for artifact in case.artifacts}
    witnesses = {owner.get(one.artifact) for one in finding.evidence} - {None}
    heard = f"{_many(len(places), 'place')} in {_many(len(files), 'file')}"
    if len(witnesses) > 1:
        heard += f", from {len(witnesses)} nodes,"
    verb = "says" if len(places) == 1 else "say"
    sentences = [f"{heard} {verb} so" + _of_all(finding.count, len(places)) + "."]
    often = next(word for least, word in _OFTEN if finding.confidence >= least)
    sentences.append(f"When rule {finding.rule} fires it is {often} right.")
    sentences += [f"It follows from {findings[one.cause].condition}: {one.because}."
                  for one in links if one.effect == index]  # fmt: skip
    follows = sorted(effects_of(links, index) - {index})
    if follows:
        names = dict.fromkeys(findings[at].condition for at in follows)
        sentences.append(f"It explains {join(names)}" + _order(index, links) + ".")
    return " ".join(sentences)


def why_not(
    winner: int, rivals: Iterable[int], findings: Sequence[Finding], standing: Standing
) -> tuple[WhyNot, ...]:
    """Why other findings without a cause, of the same incident, are not named first."""
    notes: dict[str, str] = {}
    best = findings[winner]
    for index in rivals:
        rival = findings[index]
        if index != winner and rival.condition != best.condition:
            explained = standing.explained[index] < standing.explained[winner]
            notes.setdefault(rival.condition, _weaker(rival, best, fewer=explained))
    return tuple(WhyNot(condition, because) for condition, because in notes.items())


def summarize(
    word: str,
    roots: Sequence[int],
    findings: Sequence[Finding],
    links: Sequence[Link],
    *,
    case: Case,
    gaps: Sequence[Gap],
    ends: Sequence[OpenEnd] = (),
) -> str:
    """Two or three sentences that a manager can read."""
    sayers: Mapping[str, str] = {
        "healthy": _healthy(findings, case) + _unended(ends),
        "insufficient_evidence": _undecided([findings[index] for index in roots], gaps),
    }
    if word in sayers:
        return sayers[word]
    first = findings[roots[0]]
    sentences = [_sentence(f"{first.title}{_where(first)}{_since(first)}")]
    others = dict.fromkeys(
        findings[at].title for at in roots[1:] if findings[at].condition != first.condition
    )
    follows = sorted(effects_of(links, roots[0]) - {roots[0]})
    if follows:
        titles = dict.fromkeys(findings[at].title for at in follows)
        sentences.append(_sentence(f"What followed: {join(titles, '; ')}"))
    elif others:
        sentences.append(_sentence(f"Also: {join(others, '; ')}"))
    if first.remedies:
        sentences.append(_sentence(f"What to do: {first.remedies[0].do}"))
    return " ".join(sentences)


def left_out(suppressed: Sequence[Suppressed], outside: int) -> str:
    """Sentences on what the user chose not to have judged, after a space; empty: nothing."""
    hidden = sum(len(one.findings) for one in suppressed)
    parts = (
        (hidden, "suppressed by the config file"),
        (outside, "left out: not of the time or node that was asked for"),
    )
    return "".join(
        f" {_many(number, 'finding')} {'is' if number == 1 else 'are'} {what}."
        for number, what in parts
        if number
    )


def join(names: Iterable[str], between: str = ", ") -> str:
    """A few of them, and how many more there are."""
    listed = list(names)
    more = len(listed) - _LISTED
    return between.join(listed[:_LISTED]) + (f" and {more} more" if more > 0 else "")


def _healthy(findings: Sequence[Finding], case: Case) -> str:
    logs = [one for one in case.artifacts if one.kind == "h2o_log" and one.state == "read"]
    nodes = len({one.node for one in logs if one.node is not None})
    span = ""
    if case.first_ms is not None and case.last_ms is not None:
        span = f", from {show_time(case.first_ms)} to {show_time(case.last_ms)}"
    looked = f"{_many(len(logs), 'H2O log')} of {_many(nodes, 'node')}{span}"
    saved = _saved(case)
    if saved and not logs:
        looked = f"{saved}{span}"
    sentences = [f"No fault was found in {looked}{_unjudged(case)}."]
    if saved and not logs:
        sentences.append("No H2O log was given.")
    if findings:
        noted = dict.fromkeys(finding.title for finding in findings)
        sentences.append(_sentence(f"Noted, but no fault: {join(noted, '; ')}"))
    return " ".join(sentences)


def _saved(case: Case) -> str:
    """Files about training that were read: `1 model file and 2 frames`; empty: none."""
    read = {(one.path.split("!")[0], one.kind) for one in case.artifacts if one.state == "read"}
    kinds = [kind for _path, kind in read]
    models = len({path for path, kind in read if kind in _MODEL_FILES})
    parts = [_many(models, "model file")] if models else []
    parts += [_many(kinds.count(kind), what) for kind, what in _SAVED.items() if kind in kinds]
    return " and ".join([*([", ".join(parts[:-1])] if parts[1:] else []), *parts[-1:]])


def _unended(ends: Sequence[OpenEnd]) -> str:
    """A sentence on logs that end in the middle of work, after a space; empty: none does."""
    nodes = join(dict.fromkeys(one.node for one in ends))
    if not nodes:
        return ""
    return (
        f" The log of {nodes} ends while a model was being trained; whether that went well, it "
        "does not say."
    )


def _unjudged(case: Case) -> str:
    """Files that were seen and not looked into."""
    kinds = [one.kind for one in case.artifacts if one.state == "listed" and one.kind != "empty"]
    models = kinds.count("model")
    others = len(kinds) - models
    parts = [_many(models, "model file")] if models else []
    parts += [_many(others, "other file" if models else "file")] if others else []
    verb = "was" if len(kinds) == 1 else "were"
    return f"; {' and '.join(parts)} {verb} not judged" if parts else ""


def _undecided(doubted: Sequence[Finding], gaps: Sequence[Gap]) -> str:
    sentences = ["The evidence does not decide what went wrong, or whether anything did."]
    if doubted:
        first = doubted[0]
        sentences = [
            "The evidence does not decide what went wrong.",
            _sentence(f"Possible, but not proven: {first.title}{_where(first)}{_since(first)}"),
        ]
    if gaps:
        wanted = dict.fromkeys(gap.fetch.rstrip(".") for gap in gaps)
        sentences.append(_sentence(f"To decide, fetch: {join(wanted, '; ')}"))
    return " ".join(sentences)


def _weaker(rival: Finding, best: Finding, *, fewer: bool) -> str:
    if fewer:
        return "It explains less of what was seen."
    if severity_of(rival) < severity_of(best):
        return "It is less severe."
    if rival.confidence < best.confidence:
        return "It is less certain."
    later = rival.first_seen is not None and best.first_seen is not None
    if later and (rival.first_seen or 0) > (best.first_seen or 0):
        lag = show_duration((rival.first_seen or 0) - (best.first_seen or 0))
        return f"It began {lag} later."
    return "Nothing tells the two apart; both are named."


def _order(index: int, links: Sequence[Link]) -> str:
    lags = [one.lag_ms for one in links if one.cause == index and one.lag_ms is not None]
    if not lags:
        return ", though no time says which came first"
    if min(lags) <= 0:
        return ""
    return f", the first of them {show_duration(min(lags))} later"


def _of_all(count: int, places: int) -> str:
    return f" (of {count:,} events)" if count > places else ""


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _where(finding: Finding) -> str:
    return f" on {join(finding.nodes)}" if finding.nodes else ""


def _since(finding: Finding) -> str:
    """A property of a model or a frame has no moment."""
    if finding.subject is not None and finding.subject.startswith(("model ", "frame ")):
        return ""
    return "" if finding.first_seen is None else f" at {show_time(finding.first_seen)}"


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
