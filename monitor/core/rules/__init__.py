"""The rules, one file each: every one turns what is known at `now` into alerts, OK ones included."""
