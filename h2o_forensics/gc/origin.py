"""Where kept things were read."""


class Origin:
    """A stream; its index among the sources is set when the run's figures are made."""

    __slots__ = ("index",)

    def __init__(self) -> None:
        self.index = 0
