"""The whole thing with no configuration: a simulated account, the very same daemon, compressed time."""

from monitor.daemon.demo.play import demo

__all__ = ["demo"]
