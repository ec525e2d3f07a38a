"""The words: messages and digests."""
