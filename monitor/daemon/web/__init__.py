"""The web server: pages, API, metrics and events, from what the daemon knows. It decides nothing and holds up nothing.

Imported only where an address is set, and only after the first poll: it costs time and memory.
"""
