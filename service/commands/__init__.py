"""The commands, one file per subject; each is a thin call of a chain of the same name."""
