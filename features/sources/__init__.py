"""Readers: one file per kind of source; the only place here that opens files."""
