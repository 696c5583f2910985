"""The admission webhook: injects workloads as they are written, and merges what only a pod can hold."""
