from livekit.protocol import models
