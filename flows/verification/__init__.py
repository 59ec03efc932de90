"""The parts of a verification (`flows.verify`)."""
