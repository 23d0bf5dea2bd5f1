"""Drawings of the rulebook; shapes and figures are those of `patients.drawings`."""
