"""Cox and Fine-Gray regression, and their checks."""
