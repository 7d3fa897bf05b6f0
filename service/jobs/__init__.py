"""Long work that is asked for on a page: a queue on disk, one job at a time in its own process."""
