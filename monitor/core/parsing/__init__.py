"""How settings are read that the daemon and the breaker share."""
