export type Language = 'zh' | 'en';
export const LANGUAGES: readonly Language[] = ['zh', 'en'];
export const HTML_LANG: Record<Language, string> = { zh: 'zh-CN', en: 'en' };

// Browser storage `mcmeet.language`: the language picked on the page, kept until it is changed.
const STORED_LANGUAGE = 'mcmeet.language';

function known(tag: string | null): Language | undefined {
  return LANGUAGES.find((language) => tag?.toLowerCase().startsWith(language));
}

/** The picked language, else the first one that the browser asks for and we have, else Chinese. */
export function chooseLanguage(stored: string | null, wanted: readonly string[]): Language {
  return known(stored) ?? wanted.map(known).find((language) => language !== undefined) ?? 'zh';
}

/** The language that this visit begins in. */
export function startLanguage(): Language {
  return chooseLanguage(storedLanguage(), navigator.languages);
}

/** A browser that forbids storage throws at the word itself: the page speaks its language then, and forgets. */
function storedLanguage(): string | null {
  try {
    return localStorage.getItem(STORED_LANGUAGE);
  } catch {
    return null;
  }
}

export function storeLanguage(language: Language): void {
  try {
    localStorage.setItem(STORED_LANGUAGE, language);
  } catch {
    // As above.
  }
}
