import { useEffect } from 'react';
import { speak } from '@/core/announce';

/** Speaks what this component shows, once, when it comes or changes. */
export function useSpoken(text: string, hint = ''): void {
  useEffect(() => speak(hint ? `${text} ${hint}` : text), [text, hint]);
}
