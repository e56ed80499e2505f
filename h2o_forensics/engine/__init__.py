"""Scan records for signals, evaluate rules over what was found."""
