"""Our own engine behind LiveKit's client protocol: signalling here, SDP, ICE and packets in `mcmeet_sfu`.

`docs/protocol-rtc.md` says what is spoken on `/rtc` and where it differs from a LiveKit server.
"""
