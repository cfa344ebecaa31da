export type Language = 'zh' | 'en';
export const LANGUAGES: readonly Language[] = ['zh', 'en'];

function known(tag: string | null): Language | undefined {
  return LANGUAGES.find((language) => tag?.toLowerCase().startsWith(language));
}

/** The picked language, else the first one that the browser asks for and we have, else Chinese. */
export function chooseLanguage(stored: string | null, wanted: readonly string[]): Language {
  return known(stored) ?? wanted.map(known).find((language) => language !== undefined) ?? 'zh';
}
