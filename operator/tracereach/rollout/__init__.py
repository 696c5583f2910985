"""Who is injected, when, and what became of it: decisions over plain data, `now` passed in. Nothing here does I/O."""
