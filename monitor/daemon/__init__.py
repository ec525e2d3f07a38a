"""ACTS: asks the providers, keeps the state, tells the people. Every decision is taken in `monitor.core`."""
