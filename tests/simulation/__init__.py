"""A year of the board in a few minutes: invented patients, the real program, and a bookkeeping of its own."""
