"""The parts of the watch (`flows.watch`)."""
