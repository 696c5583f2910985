"""The operator's process: one loop that looks at the cluster, decides, acts and reports, and what it needs for that."""
