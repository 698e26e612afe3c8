"""From a source to a cohort: readers of places, mappings, times, rows used and rows refused."""
