"""A folder whose name says nothing."""
