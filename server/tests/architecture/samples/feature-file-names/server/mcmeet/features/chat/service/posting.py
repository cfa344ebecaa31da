"""A part of the job `service`: allowed."""
