"""spend-monitor: the self-hosted smoke detector for AI API spend.

`monitor.core` decides, `monitor.daemon` acts.
"""
