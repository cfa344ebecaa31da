import { useEffect } from 'react';
import { speak } from '@/core/announce';

/** Speaks what this component shows, once, when it comes or changes; null: it is spoken elsewhere. */
export function useSpoken(text: string | null, hint = ''): void {
  useEffect(() => (text === null ? undefined : speak(hint ? `${text} ${hint}` : text)), [text, hint]);
}
