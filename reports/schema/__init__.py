"""JSON Schemas of the files that others read."""
