// Fails when a page's first load outgrows its budget: JS and CSS in dist/, gzip -9, in kB of 1000 bytes.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const DIST = new URL('../dist/', import.meta.url);
const PAGE = 'index.html';

// `modules`: what is loaded lazily before the moment named. Words are counted in Chinese.
const BUDGETS = [
  {
    name: 'landing page',
    budget: 160,
    modules: ['src/app/landing/LandingPage.tsx', ...words('core', 'landing', 'meetings')],
  },
  {
    name: 'sign in',
    budget: 200,
    modules: ['src/features/accounts/LoginPage.tsx', ...words('core', 'accounts', 'policy')],
  },
  {
    name: 'dashboard',
    budget: 220,
    modules: [
      'src/app/Shell.tsx',
      'src/features/meetings/DashboardPage.tsx',
      ...words('core', 'accounts', 'meetings'),
    ],
  },
  {
    name: 'guest link to the first frame',
    budget: 340,
    modules: [
      'src/features/meetings/PreJoinPage.tsx',
      'src/room/RoomPage.tsx',
      'src/features/meetings/room.ts',
      'src/features/participants/room.ts',
      'src/media/room-session.ts',
      ...words('core', 'room', 'meetings', 'policy', 'participants'),
    ],
  },
];

function words(...namespaces) {
  const own = { core: 'core/i18n', landing: 'app/landing', room: 'room' };
  return namespaces.map((name) => `src/${own[name] ?? `features/${name}`}/zh.json`);
}

const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', DIST), 'utf8'));

/** Every file that the browser fetches for these modules, each once. */
function filesOf(modules) {
  const files = new Set();
  const seen = new Set();
  const queue = [...modules];
  while (queue.length > 0) {
    const name = queue.pop();
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

function gzipped(file) {
  return gzipSync(readFileSync(new URL(file, DIST)), { level: 9 }).length;
}

let isOver = false;
for (const { name, budget, modules } of BUDGETS) {
  const bytes = [...filesOf([PAGE, ...modules])].reduce((sum, file) => sum + gzipped(file), 0);
  const kilobytes = bytes / 1000;
  isOver ||= kilobytes > budget;
  console.log(`${kilobytes > budget ? 'OVER' : 'ok  '} ${name}: ${kilobytes.toFixed(1)} of ${budget} kB`);
}
process.exit(isOver ? 1 : 0);
