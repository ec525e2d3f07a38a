"""What is wrong, since when, who may hear of it, and who was told."""
