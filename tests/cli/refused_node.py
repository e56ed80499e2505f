"""A node that was refused: the evidence of several tests of the command line."""

RULE, NODE = "CLD001", "10.0.0.3:54321"
HEAD = f"11-22 05:57:1{{}} {NODE}          4242    "
REFUSED = (
    f"{HEAD.format('0.101')}      main  INFO water.default: ----- H2O started  -----\n"
    f"{HEAD.format('1.178')}    FJ-1-1 ERROR water.default: Attempting to join an H2O cloud "
    "that is no longer accepting new H2O nodes from /10.0.0.1:54321\n"
    f"{HEAD.format('1.179')}    FJ-1-1 FATAL water.default: Exiting.\n"
)
