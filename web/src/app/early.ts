/** Runs before the page's code is there, and before the first paint: theme, language, and what this path needs. */
import { startFailed } from '@/core/chunks/start';
import { HTML_LANG, startLanguage } from '@/core/i18n/language';
import { showTheme } from '@/core/theme';

interface Preload {
  /** Source of a regular expression. */
  path: string;
  /** By language. */
  files: Record<string, readonly string[]>;
}

/** Written in by scripts/early-script.ts. */
declare const PRELOADS: readonly Preload[];

showTheme();
const language = startLanguage();
document.documentElement.lang = HTML_LANG[language];

for (const { path, files } of PRELOADS) {
  if (!new RegExp(path).test(location.pathname)) continue;
  for (const file of files[language] ?? []) {
    const link = document.createElement('link');
    link.rel = 'modulepreload';
    link.fetchPriority = 'low';
    link.href = `/${file}`;
    document.head.append(link);
  }
}

/** Errors of scripts do not rise: they are met on the way down. */
addEventListener(
  'error',
  ({ target }) => {
    if (target instanceof HTMLScriptElement) startFailed();
  },
  true,
);

addEventListener('DOMContentLoaded', () => {
  const button = document.getElementById('start-again');
  button?.addEventListener('click', () => location.reload());
  button?.removeAttribute('hidden');
});
