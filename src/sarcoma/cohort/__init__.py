"""Many people: readers, checks, description, fitting."""
