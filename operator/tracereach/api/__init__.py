"""The contract: what users may write, what they read back, and every name and reason both sides share.

Nothing here does I/O, and nothing here imports another room of the package.
"""
