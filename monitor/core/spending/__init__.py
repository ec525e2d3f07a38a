"""What was spent: readings merged, how the sum grew, and what tokens cost."""
