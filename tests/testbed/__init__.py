"""A real Kubernetes cluster for the tests: kind where a Docker engine answers, else one made of Go modules."""
