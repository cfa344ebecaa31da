/** Light or dark pages: as the system has it, or as somebody chose for this browser. A meeting's stage is always dark. */

export type Theme = 'system' | 'light' | 'dark';
export const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

// Browser storage `mcmeet.theme`: `light` or `dark` once it was chosen on the page, kept until it is changed.
const STORED = 'mcmeet.theme';

/** What was chosen where the browser forbids storage, which throws at the word itself: kept as long as the page. */
let chosen: Theme = 'system';

export function currentTheme(): Theme {
  try {
    return known(localStorage.getItem(STORED));
  } catch {
    return chosen;
  }
}

export function setTheme(theme: Theme): void {
  chosen = theme;
  try {
    if (theme === 'system') localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, theme);
  } catch {
    // As above.
  }
  showTheme();
}

/** `ui/theme.css` reads it. */
export function showTheme(): void {
  const theme = currentTheme();
  const { dataset } = document.documentElement;
  if (theme === 'system') delete dataset.theme;
  else dataset.theme = theme;
}

function known(stored: string | null): Theme {
  return THEMES.find((theme) => theme === stored) ?? 'system';
}
