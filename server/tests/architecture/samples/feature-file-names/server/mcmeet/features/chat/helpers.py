"""A file whose name says nothing."""
