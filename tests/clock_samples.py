"""How `fixtures/samples/clocks` was made, from two logs of `fixtures/cases/healthy_cluster`.

`python -m tests.clock_samples` writes the files again.
"""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import Struct

from tests.shifted_clocks import Dial, shifted

ROOT = Path(__file__).parents[1]
CASE = ROOT / "fixtures/cases/healthy_cluster/bundle"
SAMPLES = ROOT / "fixtures/samples/clocks"
LOGS = tuple(
    f"node_10.20.0.{number}_54321/logs/h2o_10.20.0.{number}_54321-3-info.log" for number in (12, 13)
)
FORMED = datetime(2026, 11, 22, 6, 29, 42, tzinfo=UTC)
"""In the midst of both logs."""
_BERLIN, _NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
_SECOND = "10.20.0.13"


class Sample(Struct, frozen=True):
    """The two logs on other clocks."""

    dials: dict[str, Dial]
    middle: datetime = FORMED
    """What `FORMED` becomes."""

    @property
    def move(self) -> timedelta:
        """How much later it all happens."""
        return self.middle - FORMED

    def files(self) -> dict[str, str]:
        """Texts by file name."""
        made = shifted(CASE, self.dials, self.move)
        return {Path(name).name: made[name] for name in LOGS}


MADE = {
    "new_year": Sample({}, datetime(2027, 1, 1, tzinfo=UTC)),
    "summer_time_ends": Sample({"": Dial(_BERLIN)}, datetime(2026, 10, 25, 1, tzinfo=UTC)),
    "summer_time_begins": Sample({"": Dial(_NEW_YORK)}, datetime(2026, 3, 8, 7, tzinfo=UTC)),
    "other_zone": Sample({_SECOND: Dial(timezone(timedelta(hours=-5)))}),
    "wrong_clock": Sample({_SECOND: Dial(skew=timedelta(seconds=37))}),
}


def main() -> None:
    """Write all files."""
    for name, sample in MADE.items():
        folder = SAMPLES / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in sample.files().items():
            (folder / file).write_bytes(text.encode())


if __name__ == "__main__":
    main()
