"""Workloads as real teams write them, one folder each, and what an injection has to make of them.

`workload.yaml` and `policy.yaml` go in; `expected.yaml` is the whole workload afterwards, written by
`python -m tests.corpus` and reviewed by people. `outcome.yaml` is written by hand: the agents, on what evidence each
container got them, and what was left alone and why (`*` is the whole workload). `settings.yaml`, where there is one,
differs from delivery by image volume and native sidecars, or merges in place as for a team's own file.
"""
