"""The rulebook by topic: every threshold with its value, its bounds, its source, and where it is used."""
