import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Drawn } from './drawn';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A meeting with these cameras, all of them sent at first; `sent` is whose still are. */
function meeting(...identities: string[]) {
  const drawn = new Drawn();
  const sent = new Set<string>();
  const switched: string[] = [];
  const camera = (identity: string) => {
    sent.add(identity);
    return {
      identity,
      setEnabled(isEnabled: boolean) {
        if (sent.has(identity) === isEnabled) return;
        switched.push(`${isEnabled ? 'on' : 'off'} ${identity}`);
        if (isEnabled) sent.add(identity);
        else sent.delete(identity);
      },
    };
  };
  const cameras = identities.map(camera);
  drawn.follow(() => cameras);
  const arrives = (identity: string) => {
    cameras.push(camera(identity));
    drawn.settle();
  };
  return { drawn, sent, switched, arrives };
}

test('whoever is on another page is sent no more after a second', () => {
  const { drawn, sent } = meeting('lin', 'zhou');
  drawn.show('lin');
  vi.advanceTimersByTime(999);
  expect([...sent]).toEqual(['lin', 'zhou']);
  vi.advanceTimersByTime(1);
  expect([...sent]).toEqual(['lin']);
});

test('a page that is shown has its cameras back at once', () => {
  const { drawn, sent } = meeting('lin', 'zhou');
  drawn.show('lin');
  vi.advanceTimersByTime(1_000);
  drawn.show('zhou');
  expect([...sent]).toEqual(['lin', 'zhou']);
});

test('turning a page and back switches nothing', () => {
  const { drawn, switched } = meeting('lin');
  const end = drawn.show('lin');
  end();
  vi.advanceTimersByTime(900);
  drawn.show('lin');
  vi.advanceTimersByTime(5_000);
  expect(switched).toEqual([]);
});

test('while cameras keep arriving, those on no page go off in their time', () => {
  const { drawn, sent, arrives } = meeting('lin');
  drawn.show('lin');
  for (let number = 1; number <= 9; number += 1) {
    arrives(`guest ${number}`);
    vi.advanceTimersByTime(900);
  }
  expect([...sent]).toEqual(['lin', 'guest 9']);
  vi.advanceTimersByTime(100);
  expect([...sent]).toEqual(['lin']);
});

test('a camera that comes later, and is on no page, is not sent for long either', () => {
  const { drawn, sent, arrives } = meeting('lin');
  drawn.show('lin');
  vi.advanceTimersByTime(1_000);
  arrives('zhou');
  expect([...sent]).toEqual(['lin', 'zhou']);
  vi.advanceTimersByTime(1_000);
  expect([...sent]).toEqual(['lin']);
});
