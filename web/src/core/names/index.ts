/** What may be a person's name, by the server's rule (server/mcmeet/core/names.py): said before anything is sent. */

import { ApiError } from '../errors';

/** Characters (Unicode code points after NFC). */
export const NAME_MOST = 64;

// Line breaks, controls, halves of surrogate pairs, and the bidi controls of Unicode Standard Annex 9, §2.
const BREAKS_TEXT = /[\p{Zl}\p{Zp}\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;
// Spaces, format characters, marks without a base, Hangul fillers and the empty braille pattern.
const SHOWS_NOTHING = /^[\p{Zs}\p{Cf}\p{M}\u115f\u1160\u3164\uffa0\u2800]*$/u;

/** The server's refusal of this name, or null when it would take it. */
export function nameRefusal(typed: string): ApiError | null {
  const name = typed.normalize('NFC').trim();
  if (BREAKS_TEXT.test(typed)) return refusal('characters');
  if ([...name].length > NAME_MOST) return refusal('too_long');
  return SHOWS_NOTHING.test(name) ? refusal('empty') : null;
}

function refusal(reason: 'empty' | 'too_long' | 'characters'): ApiError {
  return new ApiError('name_invalid', 0, { reason });
}
