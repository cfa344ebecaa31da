import asyncio
import urllib.request
from http import client

import httpx


async def ask() -> object:
    return await asyncio.open_connection("example.org", 80), httpx, client, urllib.request
