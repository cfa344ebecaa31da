import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, URL } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { earlyScript } from './scripts/early-script.ts';

const SERVER = process.env.MCMEET_URL ?? 'http://127.0.0.1:8080';

const PACKED = /\.(js|css|svg|json)$/;

// What every page needs; lazily loaded parts of these folders stay out.
const REACT = /node_modules\/(react|react-dom|scheduler)\//;
const BASE_PACKAGES =
  /node_modules\/(use-sync-external-store|i18next|react-i18next|zustand|openapi-fetch|@tanstack)\//;
const BASE_SOURCES =
  /\/src\/(app|ui|core\/(api|errors|i18n|session))\/(?!landing\/|Shell|Dialog|Menu|QrCode|EmptyState).*\.tsx?$/;
// What the parts of a meeting share, and no page outside of it needs.
const IN_ROOM = /\/src\/(room|core\/live)\/.*\.tsx?$/;

/** Packs assets once, at build time; the server sends the `.br` or `.gz` beside a file to whoever takes it. */
function packAssets(): Plugin {
  return {
    name: 'pack-assets',
    apply: 'build',
    // After the early script was written too.
    closeBundle() {
      const folder = fileURLToPath(new URL('./dist/assets', import.meta.url));
      for (const name of readdirSync(folder).filter((file) => PACKED.test(file))) {
        const content = readFileSync(join(folder, name));
        writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: constants.Z_BEST_COMPRESSION }));
        writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), earlyScript(), packAssets()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  // Classic workers: some of the on-device models load their glue by importScripts.
  worker: { format: 'iife' },
  build: {
    manifest: true,
    target: 'es2022',
    // The CSP allows fonts and pictures from our own server alone; nothing is inlined as data:.
    assetsInlineLimit: 0,
    // scripts/first-load.ts holds the sizes, packed.
    chunkSizeWarningLimit: Infinity,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // Apart, so that src/main.ts runs before the base does.
            { name: 'loader', test: /vite\/preload-helper/, priority: 1 },
            // Half of the base, fetched beside the rest, and the same for years in a browser's cache.
            { name: 'react', test: REACT, priority: 1 },
            { name: 'icons', test: /node_modules\/lucide-react\//, minShareCount: 2, priority: 1 },
            // One file instead of thirty: fewer requests, and it packs better.
            { name: 'base', test: (id) => BASE_PACKAGES.test(id) || BASE_SOURCES.test(id) },
            { name: 'in-room', test: IN_ROOM, minShareCount: 2 },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': { target: SERVER, ws: true }, '/rtc': { target: SERVER, ws: true } } },
  test: { environment: 'node', include: ['src/**/*.test.ts', 'scripts/**/*.test.ts'] },
});
