"""One writer per format: Document in, bytes out."""
