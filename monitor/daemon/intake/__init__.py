"""What programs in other languages tell of their requests, on its way into the ledger."""
