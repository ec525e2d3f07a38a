"""What is known of the answers: pure functions from JSON to figures, or None where it is another shape."""
