/** The look of everything that is typed into or picked from. */
export const FIELD =
  'w-full min-w-0 rounded-field border border-field bg-surface px-3 text-sm text-ink-900 placeholder:text-ink-500 ' +
  'focus:border-focus focus:outline-2 focus:-outline-offset-1 focus:outline-focus ' +
  'aria-invalid:border-danger aria-invalid:focus:outline-danger disabled:bg-ground disabled:text-ink-500';
