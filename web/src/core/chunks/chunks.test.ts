import { expect, test } from 'vitest';
import { chunks, fetchPart, watchChunks } from '.';

const window = new EventTarget();
watchChunks(window);

const isIncomplete = () => chunks.getState().isIncomplete;

/** A part as Vite loads it: it tells of each failure before it throws. */
function partOf(network: { isUp: boolean }) {
  return async () => {
    if (network.isUp) return 'a part';
    const payload = new TypeError('Failed to fetch dynamically imported module');
    window.dispatchEvent(Object.assign(new Event('vite:preloadError'), { payload }));
    throw payload;
  };
}

async function missed(part: () => Promise<string>) {
  await expect(fetchPart(part)).rejects.toThrow('Failed to fetch');
  expect(isIncomplete()).toBe(true);
}

test('what did not come is asked for when the network is back, and the page is whole again', async () => {
  const network = { isUp: false };
  await missed(partOf(network));
  window.dispatchEvent(new Event('online'));
  await expect.poll(isIncomplete).toBe(true);
  network.isUp = true;
  window.dispatchEvent(new Event('online'));
  await expect.poll(isIncomplete).toBe(false);
});

test('a part that comes shows that the server is back: what did not come before is asked for again', async () => {
  const network = { isUp: false };
  await missed(partOf(network));
  network.isUp = true;
  await fetchPart(partOf(network));
  await expect.poll(isIncomplete).toBe(false);
});

test('while one of two parts is missing the page is not whole', async () => {
  const [network, upgraded] = [{ isUp: false }, { isUp: false }];
  await missed(partOf(network));
  await missed(partOf(upgraded));
  network.isUp = true;
  window.dispatchEvent(new Event('online'));
  await new Promise((resolve) => setTimeout(resolve));
  expect(isIncomplete()).toBe(true);
  upgraded.isUp = true;
  window.dispatchEvent(new Event('online'));
  await expect.poll(isIncomplete).toBe(false);
});

test('what only a reload asks for stays missing', async () => {
  await partOf({ isUp: false })().catch(() => undefined);
  await fetchPart(partOf({ isUp: true }));
  expect(isIncomplete()).toBe(true);
});
