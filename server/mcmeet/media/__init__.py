"""Audio and video: what the product asks of a media engine (`port`), and the engines behind it."""
