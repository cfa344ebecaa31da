/** Past what stands before the content of every page. */
export function skipToMain(): void {
  take(document.querySelector('main'));
}

/**
 * After a step to another page: what had the focus went with the page before, and the keyboard would begin
 * again at the top without a word. A page that has taken the focus itself, to a field of its own, keeps it.
 */
export function enterPage(): void {
  if (document.activeElement !== document.body) return;
  take(document.querySelector<HTMLElement>('main h1') ?? document.querySelector('main'));
}

function take(part: HTMLElement | null): void {
  if (part === null) return;
  part.tabIndex = -1;
  part.focus({ preventScroll: true });
}
