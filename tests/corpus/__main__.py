"""`python -m tests.corpus` writes every `expected.yaml` anew: look at the difference before you believe it."""

from tests.corpus.cases import cases

for case in cases():
    case.write_expected()
