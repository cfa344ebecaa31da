"""Takes the pictures under docs/screenshots: every page, wide and narrow, in both languages."""
