/** Media without the SDK; `loadRoomSession` fetches the rest when a meeting is near. */

export * from './capture';
export * from './devices';
export * from './drawn';
export * from './grid';
export * from './preview';
export * from './view';
export type { StatsSummary } from './stats';
export type { RoomSession } from './room-session';

export async function loadRoomSession(): Promise<typeof import('./room-session').RoomSession> {
  return (await import('./room-session')).RoomSession;
}

/** The first peer connection of a page starts the browser's media threads: have that behind us before the click. */
export function warmUp(): void {
  // Some browsers are built or configured without it; the meeting says what is missing.
  if ('RTCPeerConnection' in globalThis) new RTCPeerConnection().close();
}
