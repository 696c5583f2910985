"""A one-node Kubernetes cluster from Go modules and Debian packages, in a network namespace of its own."""
