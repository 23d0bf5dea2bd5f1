"""Pages of the record: they parse, call one service or selector, and render."""
