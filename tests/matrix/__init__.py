"""A labelled matrix of traces that break, made of real services on real pods, by which coverage is judged."""
