"""Tests of Tracereach."""
