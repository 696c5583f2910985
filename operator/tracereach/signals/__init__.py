"""Reads what coverage gateways have counted, and keeps the spans of probes that they hand back."""
