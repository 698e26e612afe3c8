"""Individual prediction through several states: hazards of the transitions, their product integral, its variance."""
