"""The shop on a cluster, step by step: what the demo shows and what the end to end tests assert."""
