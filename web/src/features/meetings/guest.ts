/** The name that a guest typed last: kept while the tab shows this page, and nowhere else. */
export const lastGuest = { name: '' };
