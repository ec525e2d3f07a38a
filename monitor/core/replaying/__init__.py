"""The past through the rules."""
