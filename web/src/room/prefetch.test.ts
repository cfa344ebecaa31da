import { expect, test, vi } from 'vitest';
import { loadRoomSession } from '@/media';
import { prefetchRoom } from './prefetch';

vi.mock('@/media', async () => ({
  ...(await vi.importActual<object>('@/media')),
  loadRoomSession: vi.fn<typeof loadRoomSession>(() => Promise.reject(new TypeError('Failed to fetch'))),
}));
vi.mock('./RoomPage', () => {
  throw new TypeError('Failed to fetch');
});

test('a browser without WebRTC, and code that does not come, are no error before the meeting', async () => {
  expect(globalThis).not.toHaveProperty('RTCPeerConnection');
  prefetchRoom();
  // A rejection that nobody handles fails the run.
  await vi.dynamicImportSettled();
  await new Promise((resolve) => setTimeout(resolve));
  expect(loadRoomSession).toHaveBeenCalledOnce();
});
