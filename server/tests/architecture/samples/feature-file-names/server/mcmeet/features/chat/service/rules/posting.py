"""A folder in the folder of a job."""
