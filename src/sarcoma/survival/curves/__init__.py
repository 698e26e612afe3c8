"""Estimates from counts: state occupation, tests of groups, pseudo-observations."""
