"""Running meetings: one asyncio task owns each, and everything that happens in it goes through that task."""
