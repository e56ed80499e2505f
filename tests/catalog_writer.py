"""A process that writes to a catalog as scans do, for tests to kill: `catalog_writer URL WHAT ...`.

`fill FIRST LAST SEED`: brings all runs of this range in, a few at a time, those that are not in;
`compact TIMES`; `limited BYTES`: no file may be larger than this.
"""

import random
import sys

from h2o_forensics.catalog import open_catalog
from h2o_forensics.errors import CatalogError
from tests.catalog_samples import ANALYSIS, fill, run_id


def main(url: str, what: str, *rest: str) -> None:
    catalog = open_catalog(url, create=True)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    numbers = [int(one) for one in rest]
    if what == "compact":
        for _ in range(numbers[0]):
            catalog.compact()
    elif what == "limited":
        limited(url, numbers[0])
    else:
        order = random.Random(numbers[2])  # noqa: S311 - the same each time
        known = catalog.tabled()
        missing = [
            one for one in range(numbers[0], numbers[1]) if (run_id(one), ANALYSIS) not in known
        ]
        order.shuffle(missing)
        while missing:
            size = order.randint(1, 4)
            fill(catalog, missing[:size])
            del missing[:size]
            if order.random() < 0.4:
                catalog.compact()
        catalog.compact()


def limited(url: str, most: int) -> None:
    import resource  # noqa: PLC0415 - not on Windows

    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    try:
        fill(open_catalog(url), range(50))
    except CatalogError as fault:
        sys.stdout.write(str(fault))


if __name__ == "__main__":
    main(*sys.argv[1:])
