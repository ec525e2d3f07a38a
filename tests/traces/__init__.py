"""Accounts with a known past, made by seeded code: what alerting makes of it is measured and published in README.md."""
