"""Every exception we raise on wrong use.  Damaged evidence never raises: it becomes a `Problem`.

ForensicsError
├── IntakeError      nothing readable was given                      exit 3
├── ConfigError      the config file cannot be used                 exit 2
├── SettingsError    a year or time zone that does not exist          exit 2
├── RuleError        the rulebook is broken; carries every fault     exit 4
├── CatalogError     the catalog cannot be read or written          exit 2
└── ReportError      the report cannot be written
"""


class ForensicsError(Exception):
    """Base of all errors this package raises on purpose."""


class IntakeError(ForensicsError):
    """Nothing readable was given."""


class ConfigError(ForensicsError):
    """The config file, or what it names, cannot be used."""


class SettingsError(ForensicsError):
    """What the user states cannot be: no such time zone, no such year."""


class RuleError(ForensicsError):
    """The rulebook is broken.

    `faults` has one line per fault: `file:line: field: what; nearest valid choice`.
    """

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class CatalogError(ForensicsError):
    """The catalog cannot be read or written; says what, where and what to do next."""


class ReportError(ForensicsError):
    """The report cannot be written."""
