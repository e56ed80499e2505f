"""Which runs of JVMs a page draws, where there are more than anybody looks at."""

from collections.abc import Iterator

from h2o_forensics.report.gc_words import total
from h2o_forensics.report.jvms_shape import JvmItem
from h2o_forensics.report.shape import Report


def runs_that_matter(report: Report, most: int) -> tuple[JvmItem, ...]:
    """Those that findings quote, then those that stood still longest; in the report's order."""
    if len(report.jvms) <= most:
        return report.jvms
    quoted = {(item.path, item.line) for one in report.findings for item in one.evidence}

    def rank(at: int) -> tuple[bool, float, int]:
        jvm = report.jvms[at]
        return quoted.isdisjoint(_places(jvm)), -_stopped_ms(jvm), at

    chosen = sorted(range(len(report.jvms)), key=rank)[:most]
    return tuple(report.jvms[at] for at in sorted(chosen))


def _stopped_ms(jvm: JvmItem) -> float:
    return total(jvm)[2] + (jvm.stalls.total_ms if jvm.stalls else 0.0)


def _places(jvm: JvmItem) -> Iterator[tuple[str, int | None]]:
    """The lines that tell of the run's worst."""
    yield from ((one.path, one.line) for one in jvm.longest_pauses)
    yield from ((one.path, one.line) for one in jvm.longest_safepoints)
    yield from ((one.path, one.line) for one in jvm.longest_stalls)
    window = jvm.loss.worst_window
    told = [place for streak in jvm.full_streaks for place in (streak.begun_by, streak.ended_by)]
    told += [remark.place for remark in jvm.remarks]
    told += [window.ended_by if window else None, jvm.starved.longest if jvm.starved else None]
    yield from ((place.path, place.line) for place in told if place is not None)
