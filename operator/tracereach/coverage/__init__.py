"""How far traces reach, decided from plain data: what templates say, what pods run, and what gateways have counted.

Pure: nothing here does I/O, waits, or knows where its facts came from. The controller gathers them and calls `assess`.
"""
