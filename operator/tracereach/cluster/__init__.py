"""The only room that talks to Kubernetes: policies by kopf, everything else by a small client and informer.

Plain dictionaries come in from the API server, small records go out to the decisions, and decisions come back as
writes.
"""
