"""The guideline engine: pure Python, no framework, no clock, no input or output but its own rulebook."""
