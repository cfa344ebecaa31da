"""What every feature stands on; it knows no domain and imports nothing else of ours."""
