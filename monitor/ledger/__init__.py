"""The record of each request that an application made: what both halves of this package share."""
