// Fails when a page's first load outgrows its budget (first-load.ts).
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { BASE, filesOf, FIRST_LOADS, wordsOf } from './first-load.ts';

const DIST = new URL('../dist/', import.meta.url);
const PAGE = 'index.html';

const html = readFileSync(new URL(PAGE, DIST), 'utf8');
const early = /assets\/early-[\w-]+\.js/.exec(html)[0];
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', DIST), 'utf8'));

function gzipped(file) {
  return gzipSync(readFileSync(new URL(file, DIST)), { level: 9 }).length;
}

let isOver = false;
for (const { name, budget, modules, later = [], words } of FIRST_LOADS) {
  const files = filesOf(manifest, [...BASE, ...modules, ...later, ...wordsOf(words, 'zh')]);
  const kilobytes = [early, ...files].reduce((sum, file) => sum + gzipped(file), 0) / 1000;
  isOver ||= kilobytes > budget;
  console.log(`${kilobytes > budget ? 'OVER' : 'ok  '} ${name}: ${kilobytes.toFixed(1)} of ${budget} kB`);
}
process.exit(isOver ? 1 : 0);
