/**
 * Frames of `/api/live`, subprotocol `mcmeet.v1`; docs/protocol.md specifies them. Their shapes are generated
 * from the server's models; here they get the names that the page calls them by.
 */

import type { components } from '../api/schema';
import type { LiveEvent } from './messages';

export type { LiveEvent };

export const SUBPROTOCOL = 'mcmeet.v1';

export type Shapes = components['schemas'];

export type RosterEntry = Shapes['RosterEntry'];
export type RosterLeft = Shapes['RosterLeft'];
export type Rights = Shapes['SeatRightsShape'];
export type Source = Rights['publish'][number];
export type You = Shapes['You'];
export type YouChanged = Shapes['YouChanged'];
export type MeetingInfo = Shapes['MeetingHeld'];
export type MediaAssignment = Shapes['MediaAssigned'];

export type Hello = Shapes['Hello'];
export type Welcome = Shapes['Welcome'];
export type Snapshot = Welcome['snapshot'];
export type Resumed = Shapes['Resumed'];
export type Ack = Shapes['Ack'];
export type Refusal = Shapes['SocketError'];

export type ServerFrame = Welcome | Resumed | LiveEvent | Ack | Refusal | Shapes['Pong'];

/** Why the server closed the socket (RFC 6455 §7.4.2: 4000–4999 are the application's own). */
export const CLOSE = {
  resume: 4000,
  rejoin: 4001,
  moved: 4002,
  ended: 4003,
  removed: 4004,
  replaced: 4005,
  tooSlow: 4006,
  left: 4007,
  helloRefused: 4008,
  malformed: 4009,
  flooding: 4010,
} as const;
