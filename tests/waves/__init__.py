"""`make waves`: hundreds of workloads on fake nodes, rolled out by the real operator against the real control plane."""
