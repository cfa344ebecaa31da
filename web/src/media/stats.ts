/** A summary of getStats() (webrtc-stats): what arrives from whom, and what leaves. */

import type { RemoteTrack } from './remote';

export interface InboundSummary {
  identity: string;
  source: string;
  packetsReceived: number;
  packetsLost: number;
  bytesReceived: number;
  /** Seconds. */
  jitter: number;
  framesDecoded: number;
  freezeCount: number;
  frameWidth: number;
  frameHeight: number;
  /** Squared amplitude summed over seconds: rises only while something is heard. */
  totalAudioEnergy: number;
}

export interface OutboundSummary {
  source: string;
  packetsSent: number;
  bytesSent: number;
  framesEncoded: number;
  frameWidth: number;
  frameHeight: number;
}

export interface StatsSummary {
  inbound: InboundSummary[];
  outbound: OutboundSummary[];
}

type Entry = Record<string, unknown> & { type: string };

function figure(entry: Entry, name: string): number {
  const value = entry[name];
  return typeof value === 'number' ? value : 0;
}

async function entries(of: { getStats(): Promise<RTCStatsReport> }, type: string): Promise<Entry[]> {
  const found: Entry[] = [];
  (await of.getStats()).forEach((entry: Entry) => {
    if (entry.type === type) found.push(entry);
  });
  return found;
}

export async function inboundSummary({ receiver, identity, source }: RemoteTrack): Promise<InboundSummary[]> {
  return (await entries(receiver, 'inbound-rtp')).map((entry) => ({
    identity,
    source,
    packetsReceived: figure(entry, 'packetsReceived'),
    packetsLost: figure(entry, 'packetsLost'),
    bytesReceived: figure(entry, 'bytesReceived'),
    jitter: figure(entry, 'jitter'),
    framesDecoded: figure(entry, 'framesDecoded'),
    freezeCount: figure(entry, 'freezeCount'),
    frameWidth: figure(entry, 'frameWidth'),
    frameHeight: figure(entry, 'frameHeight'),
    totalAudioEnergy: figure(entry, 'totalAudioEnergy'),
  }));
}

export async function outboundSummary(source: string, sender: RTCRtpSender): Promise<OutboundSummary[]> {
  return (await entries(sender, 'outbound-rtp')).map((entry) => ({
    source,
    packetsSent: figure(entry, 'packetsSent'),
    bytesSent: figure(entry, 'bytesSent'),
    framesEncoded: figure(entry, 'framesEncoded'),
    frameWidth: figure(entry, 'frameWidth'),
    frameHeight: figure(entry, 'frameHeight'),
  }));
}
