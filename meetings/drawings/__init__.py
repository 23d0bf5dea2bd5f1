"""Drawings of the board's work: geometry reckoned here, shown by `templates/drawings/`."""
