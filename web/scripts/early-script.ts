/** Builds src/app/early.ts: the small script that runs before the page's own, with what each path needs in it. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin, type Rolldown } from 'vite';
import { BASE, filesOf, FIRST_LOADS, wordsOf, type Manifest } from './first-load.ts';

const ENTRY = fileURLToPath(new URL('../src/app/early.ts', import.meta.url));
const LANGUAGES = ['zh', 'en'];
const MARK = '<!-- early -->';
const PAGE = 'index.html';

/** Path → language → files to fetch at once; those of every page are in its head. */
function preloads(manifest: Manifest) {
  const own = filesOf(manifest, BASE);
  const beyondOwn = (modules: readonly string[]) =>
    [...filesOf(manifest, modules)].filter((file) => file.endsWith('.js') && !own.has(file));
  return FIRST_LOADS.map(({ path, modules, words }) => ({
    path: path.source,
    files: Object.fromEntries(
      LANGUAGES.map((language) => [language, beyondOwn([...modules, ...wordsOf(words, language)])]),
    ),
  }));
}

async function bundle(manifest: Manifest): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    define: { PRELOADS: JSON.stringify(preloads(manifest)) },
    build: { write: false, lib: { entry: ENTRY, formats: ['iife'], name: 'early' } },
  });
  const [{ output }] = built as Rolldown.RolldownOutput[];
  return output[0].code;
}

/** Not a module: it stands before the first paint, so that the page is never shown in the other theme. */
export function earlyScript(): Plugin {
  return {
    name: 'early-script',
    apply: 'build',
    async writeBundle({ dir = 'dist' }) {
      const manifest = JSON.parse(readFileSync(join(dir, '.vite/manifest.json'), 'utf8')) as Manifest;
      const code = await bundle(manifest);
      const hash = createHash('sha256').update(code).digest('base64url').slice(0, 8);
      writeFileSync(join(dir, `assets/early-${hash}.js`), code);
      const page = join(dir, PAGE);
      const html = readFileSync(page, 'utf8');
      if (!html.includes(MARK)) throw new Error(`${PAGE} has no place for the early script: ${MARK}`);
      const base = [...filesOf(manifest, BASE)].filter(
        (file) => file.endsWith('.js') && !html.includes(file),
      );
      const preloaded = base.map(
        (file) => `<link rel="modulepreload" crossorigin fetchpriority="low" href="/${file}">`,
      );
      const head = [`<script src="/assets/early-${hash}.js"></script>`, ...preloaded].join('\n    ');
      writeFileSync(page, html.replace(MARK, head));
    },
  };
}
