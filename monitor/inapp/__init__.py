"""GUARDS, inside the customer's program: what records its requests, and what refuses the next. Imports stay light."""
