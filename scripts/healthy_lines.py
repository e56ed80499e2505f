"""Writes rules/healthy.tsv: what healthy logs say, and how often; `rules lint` needs it.

Source: the H2O logs of fixtures/cases/healthy_*.  One line per shape of message: how many lines
have it, their level, and the first of them.  Run: python scripts/healthy_lines.py
"""

import gzip
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEADER = re.compile(
    r"\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} +\S+:\d+ +\d+ .{1,20}? (FATAL|ERROR|WARN|INFO|DEBUG|TRACE)"
    r"(?: +[\w.$]+)?: (.*)"
)
LONGEST = 300
"""Characters of a message; anchors stand near its beginning."""


def logs() -> list[Path]:
    """The most verbose log of every healthy node; the others repeat it."""
    cases = (ROOT / "fixtures" / "cases").glob("healthy_*")
    found = [path for case in cases for path in case.rglob("*") if path.is_file()]
    return sorted(path for path in found if path.name.endswith(("-3-info.log", "stdout.log.gz")))


def main() -> None:
    """Write the table."""
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], str] = {}
    for path in logs():
        data = path.read_bytes()
        text = gzip.decompress(data) if path.suffix == ".gz" else data
        for line in text.decode("utf-8", "replace").splitlines():
            match = HEADER.match(line)
            level, message = match.groups() if match else ("-", line)
            shape = level, re.sub(r"\d+", "0", message)[:LONGEST]
            counts[shape] += 1
            first.setdefault(shape, message.replace("\t", " ")[:LONGEST])
    rows = [f"{counts[shape]}\t{shape[0]}\t{first[shape]}\n" for shape in sorted(counts)]
    target = ROOT / "rules" / "healthy.tsv"
    target.write_text("".join(rows), "utf-8", newline="\n")
    print(f"{target.relative_to(ROOT)}: {counts.total()} lines, {len(rows)} shapes")


if __name__ == "__main__":
    main()
