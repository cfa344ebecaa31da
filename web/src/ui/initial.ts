const LETTER_OR_NUMBER = /[\p{L}\p{N}]/u;

/** 林晓 → 林, Emma → E, (Zoé) → Z, 👩‍👩‍👧 → itself: what a reader takes for one character (UAX 29), a letter where there is one. */
export function initialOf(name: string): string {
  const characters = Array.from(new Intl.Segmenter().segment(name.trim()), ({ segment }) => segment);
  const initial = characters.find((character) => LETTER_OR_NUMBER.test(character)) ?? characters[0] ?? '';
  return initial.toLocaleUpperCase();
}
