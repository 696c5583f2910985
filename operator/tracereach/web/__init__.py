"""The operator's HTTP door: health and metrics, coverage for people, and the way in for the spans of probes."""
