import { Room } from 'livekit-client';

export const room = new Room();
