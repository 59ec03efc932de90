"""The domain: what a lead is, who it is, and what is to be done with it. Pure values: no I/O, no clock."""
