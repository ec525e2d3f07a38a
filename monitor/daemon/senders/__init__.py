"""Carries a message to a service through Apprise, which is used as a codec only: the clock and the retries are ours."""
