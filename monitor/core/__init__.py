"""DECIDES: money, windows, spend, budgets, alerts and who is told. Pure: no I/O, no clock, no third party."""
