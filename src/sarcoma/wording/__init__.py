"""Words for people, made from data; languages."""
