"""Formats of the outside world, turned into case documents (`crlm-case/1`) and nothing else."""
