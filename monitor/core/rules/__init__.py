"""The rules, one file each: every one turns what is known at `now` into findings, the good news included."""
