import i18next, { type ReadCallback } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { fetchPart } from '../chunks';
import type { Feature, Words } from '../feature';
import { HTML_LANG, startLanguage, storeLanguage, type Language } from './language';

export type { Language } from './language';
export { LANGUAGES } from './language';

/**
 * Word lists by namespace. Each feature adds its own, so that keys are typed from zh.json:
 * `declare module '@/core/i18n' { interface Strings { meetings: typeof zh } }`.
 */
export interface Strings {
  core: typeof import('./zh.json');
}

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'core';
    resources: Strings;
    returnNull: false;
  }
}

export type Namespace = keyof Strings;

type Loader = () => Promise<{ default: Words }>;

const core: Record<Language, Loader> = {
  zh: () => import('./zh.json'),
  en: () => import('./en.json'),
};

function backend(features: readonly Feature[]) {
  const loaders = new Map(features.map((feature) => [feature.name, feature.strings]));
  loaders.set('core', core);
  return {
    type: 'backend' as const,
    read(language: string, namespace: string, callback: ReadCallback): void {
      const load = loaders.get(namespace)?.[language as Language];
      if (!load) throw new Error(`No words for ${namespace} in ${language}`);
      fetchPart(load).then(
        (words) => callback(null, words.default),
        // With `true` i18next asks again when they are wanted once more; else never.
        (error: Error) => callback(error, true),
      );
    },
  };
}

/** Starts i18next with the words of `core`, or throws; pages load their feature's words with `loadWords`. */
export async function startI18n(features: readonly Feature[]): Promise<void> {
  i18next.on('languageChanged', (language) => {
    document.documentElement.lang = HTML_LANG[language as Language];
  });
  await i18next
    .use(backend(features))
    .use(initReactI18next)
    .init({
      lng: startLanguage(),
      ns: ['core'],
      defaultNS: 'core',
      fallbackLng: false,
      maxRetries: 0,
      interpolation: { escapeValue: false },
      returnNull: false,
    });
  if (!i18next.hasResourceBundle(i18next.language, 'core')) throw new Error('No words of core');
}

/** A route loader that fetches word lists beside the page's code. */
export function loadWords(...namespaces: Namespace[]): () => Promise<void> {
  return async () => {
    await i18next.loadNamespaces(namespaces);
    // i18next resolves all the same, and a page would be drawn in keys.
    const missing = namespaces.filter((name) => !i18next.hasResourceBundle(i18next.language, name));
    if (missing.length > 0) throw new Error(`No words of ${missing.join(', ')}`);
  };
}

export function currentLanguage(): Language {
  return i18next.language as Language;
}

/** Stays with the language there is when words of the other do not come; the page says so (core/chunks). */
export async function setLanguage(language: Language): Promise<void> {
  i18next.options.preload = []; // or a language is asked for once only, whether its words come or not
  await i18next.loadLanguages(language);
  const namespaces = i18next.options.ns as readonly Namespace[];
  if (!namespaces.every((name) => i18next.hasResourceBundle(language, name))) return;
  storeLanguage(language);
  await i18next.changeLanguage(language);
}
