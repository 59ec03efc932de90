"""`make demo`: the real flows on real parts, with sample leads, from nothing to what landed."""
