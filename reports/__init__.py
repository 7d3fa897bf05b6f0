"""What is shown: a Document built once, and one writer per file format."""
