/**
 * The page before its code is there: index.html shows that it is coming and, after a while or once `startFailed`
 * was called, what to do. Nothing here may need another file.
 */
export function startFailed(): void {
  document.documentElement.dataset.start = 'failed';
}
