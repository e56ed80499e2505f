"""What runs lack, and what is unreadable."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import polars as pl

from h2o_forensics.fleet.alike import common, listed, masked
from h2o_forensics.fleet.seen import Seen
from h2o_forensics.model.fleet import FleetProblem, MissingEvidence

_FILE = "\0"
"""Stands for the file a message is about."""
_FETCH = re.compile(r"(?:^|(?<=[.;:] ))[Ff]etch [^.]*\.")
_TOLD_TWICE = re.compile(rf"^(nothing readable in {_FILE}) (?={_FILE}: )")
_WHAT_IT_IS = re.compile(rf" {_FILE}: [^.]*\.")
_WHERE = re.compile(r" In [^\n]*\.$")
_UNREAD = {
    "growing": "still being written when it was looked at",
    "unreadable": "could not be read",
}


class _Said(NamedTuple):
    """One complaint about one file."""

    code: str
    text: str
    """With `_FILE` where the file is named."""
    file: str
    """As a reader finds it: the run, and the file in it."""
    run: int


def missing(seen: Seen) -> tuple[MissingEvidence, ...]:
    """What to fetch: of runs that could not be analyzed, then of the others; of most runs first."""
    return (
        *_fetched(_failed(seen)),
        *_unreadable_places(seen),
        *sorted([*_gaps(seen), *_fetched(_damaged(seen))], key=_most_first),
    )


def problems(seen: Seen) -> tuple[FleetProblem, ...]:
    """Runs that could not be analyzed, then damaged files by kind, then what was not read."""
    return (*_by_code(_failed(seen)), *_by_code(_damaged(seen)), *_not_read(seen))


def _most_first(one: MissingEvidence) -> tuple[int, str]:
    return -len(one.runs), one.why


def _gaps(seen: Seen) -> Iterator[MissingEvidence]:
    """Gaps that are the same but for names and numbers."""
    by_kind: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for i, why, fetch in sorted(seen.rows("gaps", "why", "fetch").iter_rows(), key=_texts):
        by_kind[masked(why or "")].append((why or "", fetch or "", i))
    for rows in by_kind.values():
        fetch = Counter(masked(fetch) for _, fetch, _ in rows)
        kind = min(fetch, key=lambda one: (-fetch[one], one))
        told = dict.fromkeys(one for _, one, _ in rows if masked(one) == kind)
        yield MissingEvidence(
            why=common(why for why, _, _ in rows),
            fetch=_naming(list(told)),
            runs=tuple(sorted({i for _, _, i in rows})),
        )


def _texts(row: tuple[int, str | None, str | None]) -> tuple[int, str, str]:
    return row[0], row[1] or "", row[2] or ""


def _naming(texts: list[str]) -> str:
    """Several texts as one: where only one word differs, the first ones are named."""
    words = [text.rstrip(".").split() for text in texts]
    if len({len(one) for one in words}) == 1:
        differ = [at for at, own in enumerate(zip(*words, strict=True)) if len(set(own)) > 1]
        if len(differ) == 1:
            [at] = differ
            named = listed([one[at] for one in words])
            return " ".join([*words[0][:at], named, *words[0][at + 1 :]]) + "."
    return common(texts)


def _failed(seen: Seen) -> list[_Said]:
    rows = seen.frame.filter(pl.col("status") == "failed")
    return [
        _said(code, _TOLD_TWICE.sub("", _about(message, base)), seen.runs[i].name, i)
        for i, code, message in rows.select("i", "problem", "problem_message").iter_rows()
        if (base := _base(seen.runs[i].name))
    ]


def _damaged(seen: Seen) -> list[_Said]:
    rows = seen.rows("problems", "artifact", "code", "message")
    found = []
    for i, artifact, code, message in rows.iter_rows():
        run = seen.runs[i].name
        inner = _base(artifact or "")
        file = run if inner in {"", _base(run)} else f"{run}: {inner}"
        found.append(_said(code, _about(message, artifact), file, i))
    return sorted(found, key=lambda one: (one.run, one.file, one.code, one.text))


def _said(code: str | None, text: str, file: str, run: int) -> _Said:
    head, *rest = text.partition(_FILE)
    kept = head + "".join(rest[:1]) + _WHAT_IT_IS.sub("", rest[1]).replace(_FILE, "it")
    return _Said(code or "fault", kept, file, run)


def _about(message: str | None, name: str | None) -> str:
    return (message or "").replace(name, _FILE) if name else message or ""


def _base(path: str) -> str:
    return re.split(r"[/\\!]", path.rstrip("/\\!*"))[-1]


def _kinds(rows: Iterable[_Said]) -> Iterator[tuple[str, str, list[_Said]]]:
    """By code and text but for what is one run's own: those of most runs first."""
    by_kind: dict[tuple[str, str], list[_Said]] = defaultdict(list)
    for one in rows:
        by_kind[one.code, masked(one.text)].append(one)
    order = sorted(by_kind.items(), key=lambda item: (-len({o.run for o in item[1]}), item[0]))
    for (code, _), group in order:
        yield code, _inserted(common(one.text for one in group), group), group


def _inserted(text: str, group: Iterable[_Said]) -> str:
    """The message with the first few files it is about, one of each run: so `3 more` are runs."""
    files: dict[int, str] = {}
    for one in group:
        files.setdefault(one.run, one.file)
    if _FILE not in text:
        return text
    if len(files) == 1:
        return text.replace(_FILE, next(iter(files.values())))
    whole = text.removeprefix(f"{_FILE}: ").replace(_FILE, "each")
    return f"{whole[0].upper()}{whole[1:]} In {listed(list(files.values()))}."


def _by_code(rows: Iterable[_Said]) -> list[FleetProblem]:
    """One each; the text is that of most runs."""
    first: dict[str, str] = {}
    runs: dict[str, set[int]] = defaultdict(set)
    for code, text, group in _kinds(rows):
        first.setdefault(code, text)
        runs[code].update(one.run for one in group)
    found = [FleetProblem(code, first[code], tuple(sorted(runs[code]))) for code in first]
    return sorted(found, key=lambda one: (-len(one.runs), one.code))


def _fetched(rows: Iterable[_Said]) -> Iterator[MissingEvidence]:
    """Of complaints that say what to fetch."""
    for _, text, group in _kinds(rows):
        if order := _FETCH.search(text):
            why = text[: order.start()].rstrip(" .;:") + "."
            where = _WHERE.search(text, order.end())
            yield MissingEvidence(
                why + (where[0] if where else ""),
                order[0][0].upper() + order[0][1:],
                tuple(sorted({one.run for one in group})),
            )


def _unreadable_places(seen: Seen) -> Iterator[MissingEvidence]:
    for one in _not_read(seen):
        if one.code == "unreadable":
            yield MissingEvidence(one.message, "A copy of them that can be read.", ())


def _not_read(seen: Seen) -> list[FleetProblem]:
    """Places without a run yet: unreadable, or still being written."""
    if "locations" not in seen.tables:
        return []
    rows = (
        seen.tables["locations"]
        .filter(pl.col("state").is_in(list(_UNREAD)))
        .select("state", "name")
        .sort("state", "name")
        .collect()
    )
    names: dict[str, list[str]] = defaultdict(list)
    for state, name in rows.iter_rows():
        names[state].append(name)
    return [
        FleetProblem(state, f"{_places(len(own))} {_UNREAD[state]}: {listed(own)}", ())
        for state, own in names.items()
    ]


def _places(count: int) -> str:
    return "1 place" if count == 1 else f"{count:,} places"
