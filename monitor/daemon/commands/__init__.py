"""What a person can ask for, one command a file; each takes the settings and returns an exit code."""
