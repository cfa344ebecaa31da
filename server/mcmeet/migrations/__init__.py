"""One linear history of the schema; file name = date + feature."""
