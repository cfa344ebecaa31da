import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, URL } from 'node:url';
import { constants, gzipSync } from 'node:zlib';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const SERVER = process.env.MCMEET_URL ?? 'http://127.0.0.1:8080';

const PACKED = /\.(js|css|svg|json)$/;

// What every page needs; lazily loaded parts of these folders stay out.
const BASE_PACKAGES =
  /node_modules\/(react|react-dom|scheduler|use-sync-external-store|i18next|react-i18next|zustand|openapi-fetch|@tanstack)\//;
const BASE_SOURCES =
  /\/src\/(app|ui|core\/(api|errors|i18n|session))\/(?!landing\/|Shell|Dialog|Menu).*\.tsx?$/;

/** Packs assets once, at build time; the server sends the `.gz` beside a file to whoever takes it. */
function packAssets(): Plugin {
  return {
    name: 'pack-assets',
    apply: 'build',
    writeBundle({ dir = 'dist' }) {
      const folder = join(dir, 'assets');
      for (const name of readdirSync(folder).filter((file) => PACKED.test(file))) {
        const packed = gzipSync(readFileSync(join(folder, name)), { level: constants.Z_BEST_COMPRESSION });
        writeFileSync(join(folder, `${name}.gz`), packed);
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), packAssets()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  // Classic workers: some of the on-device models load their glue by importScripts.
  worker: { format: 'iife' },
  build: {
    manifest: true,
    target: 'es2022',
    // The CSP allows fonts and pictures from our own server alone; nothing is inlined as data:.
    assetsInlineLimit: 0,
    // scripts/check-budget.mjs holds the sizes, packed.
    chunkSizeWarningLimit: Infinity,
    rolldownOptions: {
      output: {
        // One file instead of thirty: fewer requests, and it packs better.
        codeSplitting: {
          groups: [{ name: 'base', test: (id) => BASE_PACKAGES.test(id) || BASE_SOURCES.test(id) }],
        },
      },
    },
  },
  server: { proxy: { '/api': { target: SERVER, ws: true }, '/rtc': { target: SERVER, ws: true } } },
  test: { environment: 'node', include: ['src/**/*.test.ts', 'scripts/**/*.test.ts'] },
});
