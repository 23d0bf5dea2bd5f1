"""Minutes, letters and summaries as data, as plain text and as PDF. Nothing here reads the database or a clock."""
