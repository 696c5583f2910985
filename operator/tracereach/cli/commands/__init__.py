"""One file for each command: its options, and what it prints. The work is done elsewhere."""
