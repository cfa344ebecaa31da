// Each import rule is broken once, in a copy of the folder layout, and oxlint has to see it.
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test, vi } from 'vitest';

const WEB = fileURLToPath(new URL('..', import.meta.url));
const SAMPLES = mkdtempSync(join(tmpdir(), 'boundaries-'));

// Each complaint is a process of its own, and other suites may run beside it.
vi.setConfig({ testTimeout: 60_000 });

afterAll(() => rmSync(SAMPLES, { recursive: true }));

/** What oxlint says about one file with one import. */
function complaints(path: string, module: string): string {
  const file = join(SAMPLES, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `import { something } from '${module}';\n\nexport const used = something;\n`);
  try {
    execFileSync(join(WEB, 'node_modules/.bin/oxlint'), ['-c', join(WEB, '.oxlintrc.json'), file], {
      cwd: SAMPLES,
    });
    return '';
  } catch (error) {
    return String((error as { stdout: Buffer }).stdout);
  }
}

test.each([
  ['a feature', 'src/features/chat/view.ts', 'livekit-client'],
  ['core', 'src/core/live/socket.ts', 'livekit-client'],
  ['ui', 'src/ui/Tile.tsx', 'livekit-client/e2ee-worker'],
  ['the room', 'src/room/RoomPage.tsx', 'livekit-client'],
  ['app', 'src/app/router.ts', 'livekit-client'],
])('%s must not import the media SDK', (_, path, module) => {
  expect(complaints(path, module)).toContain('Only src/media talks to the media SDK.');
});

test.each([
  ['by its alias', '@/features/polls/state'],
  ['by a relative path', '../polls/state'],
  ['by a longer way', '../../features/polls/state'],
])('a feature must not import the inner files of another one %s', (_, module) => {
  expect(complaints('src/features/chat/view.ts', module)).toContain('import its index alone');
});

test.each([
  ['core', 'src/core/live/socket.ts', '@/features/chat'],
  ['ui', 'src/ui/Tile.tsx', '@/features/chat'],
  ['core', 'src/core/live/socket.ts', '@/room'],
  ['core', 'src/core/api/client.ts', '@/app/router'],
])('%s must not import a feature, the room or the app', (_, path, module) => {
  expect(complaints(path, module)).toContain('core and ui know no feature.');
});

test.each([
  ['a feature', '@/features/chat'],
  ['a feature by a relative path', '../features/chat'],
  ['the app', '@/app/router'],
])('the room must not import %s', (_, module) => {
  expect(complaints('src/room/RoomBar.tsx', module)).toContain('The room is the frame');
});

test.each([
  ['a feature', 'src/features/chat/view.ts'],
  ['app', 'src/app/features.ts'],
])('%s must not import the inner files of the room', (_, path) => {
  expect(complaints(path, '@/room/meeting-room')).toContain('Of the room import @/room');
});

test('media must not import features or ui', () => {
  expect(complaints('src/media/session.ts', '@/features/chat')).toContain('media knows no feature');
  expect(complaints('src/media/session.ts', '@/ui/Button')).toContain('media knows no feature');
});

test('a feature must not import the app', () => {
  expect(complaints('src/features/chat/view.ts', '@/app/router')).toContain('app knows the features');
});

test.each([
  ['media', 'src/media/session.ts', 'react'],
  ['the live session', 'src/core/live/session.ts', 'react-dom/client'],
  ['the state of a feature', 'src/features/chat/state.ts', 'react-aria-components'],
  ['the way into a meeting', 'src/features/meetings/join.ts', './PreJoinPage.tsx'],
  ['the stay in a meeting', 'src/room/meeting-room.ts', './RoomPage.tsx'],
])('%s is a view model and must not import React', (_, path, module) => {
  expect(complaints(path, module)).toContain('View models know nothing of React.');
});

// oxlint looks at `import … from` alone.
test('no view model fetches a part of the page later either', () => {
  const folders = ['src/media/*.ts', 'src/core/live/*.ts', 'src/features/*/state.ts'];
  const files = [
    'src/features/meetings/join.ts',
    'src/room/{captured,devices,live-link,media-link,meeting-room,resume,stay,view}.ts',
  ];
  const fetched = globSync([...folders, ...files], { cwd: WEB }).flatMap((path) => {
    const source = readFileSync(join(WEB, path), 'utf8');
    const modules = [...source.matchAll(/\bimport\(\s*'(\.[^']*)'/g)].map(([, name = '']) => name);
    return modules.map((name) => join(dirname(path), name));
  });
  expect(fetched).toContain('src/media/room-session');
  expect(fetched.filter((module) => existsSync(join(WEB, `${module}.tsx`)))).toEqual([]);
});

test('what the rules allow passes', () => {
  expect(complaints('src/media/session.ts', 'livekit-client')).toBe('');
  expect(complaints('src/features/chat/view.ts', '@/features/meetings')).toBe('');
  expect(complaints('src/features/chat/view.ts', '@/room')).toBe('');
  expect(complaints('src/features/chat/index.ts', '@/room/routes')).toBe('');
  expect(complaints('src/room/meeting-room.ts', '@/core/live/session')).toBe('');
  expect(complaints('src/features/chat/view.ts', './state')).toBe('');
  expect(complaints('src/app/features.ts', '@/features/chat')).toBe('');
});
