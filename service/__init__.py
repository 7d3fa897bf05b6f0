"""The program: commands, HTTP, settings, files and the whole chain."""
