import { createContext } from 'react';

/**
 * Set around what a narrow bar has no room for: there its pieces are rows, and what one of them does waits until the
 * rows are closed.
 */
export const MoreContext = createContext<((act?: () => void) => void) | null>(null);
