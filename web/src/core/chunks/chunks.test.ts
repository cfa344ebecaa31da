import { expect, test } from 'vitest';
import { chunks, watchChunks } from '.';

test('a part of the page that does not come makes it incomplete', () => {
  const window = new EventTarget();
  watchChunks(window);
  expect(chunks.getState().isIncomplete).toBe(false);
  window.dispatchEvent(new Event('vite:preloadError'));
  expect(chunks.getState().isIncomplete).toBe(true);
});
