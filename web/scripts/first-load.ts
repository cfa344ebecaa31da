/** What a page needs before it shows what it is for: fetched beside the base, and held to a size (`npm run budget`). */
import { existsSync, readFileSync } from 'node:fs';

const WEB = new URL('../', import.meta.url);

/** Features with a part in the room, as they are plugged in: a new one is fetched and counted without being named here. */
const IN_ROOM = [
  ...readFileSync(new URL('src/app/features.ts', WEB), 'utf8').matchAll(/from '@\/features\/([\w-]+)'/g),
]
  .map(([, name = '']) => name)
  .filter((name) => existsSync(new URL(`src/features/${name}/room.ts`, WEB)));

/** What every page begins with. */
export const BASE: readonly string[] = [
  'index.html',
  'node_modules/react-dom/client.js',
  'src/app/start.tsx',
];

export interface FirstLoad {
  name: string;
  /** Of the paths that open this page. */
  path: RegExp;
  /** Chunks that its route opens with. */
  modules: readonly string[];
  /** Word lists, by namespace. */
  words: readonly string[];
  /** Chunks that come before the moment in `name`, but not with the route. */
  later?: readonly string[];
  /** JavaScript and CSS, gzip -9, in kB of 1000 bytes; words are counted in Chinese. */
  budget: number;
}

export const FIRST_LOADS: readonly FirstLoad[] = [
  {
    name: 'landing page',
    path: /^\/$/,
    modules: ['src/app/landing/LandingPage.tsx'],
    words: ['core', 'landing', 'meetings'],
    budget: 158,
  },
  {
    name: 'sign in',
    path: /^\/login$/,
    modules: ['src/features/accounts/LoginPage.tsx'],
    words: ['core', 'accounts', 'policy'],
    budget: 156,
  },
  {
    name: 'register',
    path: /^\/register$/,
    modules: ['src/features/accounts/RegisterPage.tsx'],
    words: ['core', 'accounts', 'policy'],
    budget: 157,
  },
  {
    name: 'dashboard',
    path: /^\/app$/,
    modules: ['src/app/Shell.tsx', 'src/features/meetings/DashboardPage.tsx'],
    words: ['core', 'accounts', 'meetings'],
    budget: 161,
  },
  {
    name: 'guest link to the first frame',
    path: /^\/j\/\d+$/,
    modules: [
      'src/features/meetings/PreJoinPage.tsx',
      ...IN_ROOM.map((name) => `src/features/${name}/room.ts`),
    ],
    words: ['core', 'room', 'policy', ...IN_ROOM],
    later: ['src/room/RoomPage.tsx', 'src/media/room-session.ts'],
    budget: 331,
  },
];

export type Manifest = Record<
  string,
  { file: string; css?: readonly string[]; imports?: readonly string[] } | undefined
>;

/** Word lists that do not lie in a feature's folder. */
const OWN_FOLDERS: Record<string, string> = { core: 'core/i18n', landing: 'app/landing', room: 'room' };

export function wordsOf(namespaces: readonly string[], language: string): string[] {
  return namespaces.map((name) => `src/${OWN_FOLDERS[name] ?? `features/${name}`}/${language}.json`);
}

/** Every file that a browser fetches for these modules, each once. */
export function filesOf(manifest: Manifest, modules: readonly string[]): Set<string> {
  const files = new Set<string>();
  const seen = new Set<string>();
  const queue = [...modules];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const chunk = manifest[name];
    if (!chunk) throw new Error(`${name} is not a chunk of its own in dist/: is it still loaded lazily?`);
    files.add(chunk.file);
    for (const css of chunk.css ?? []) files.add(css);
    queue.push(...(chunk.imports ?? []));
  }
  return files;
}
