import { announce } from '../announce';
import { ApiError, errorText, UNREACHABLE } from '../errors';

/** Without a server a reload would put the browser's own error in the place of this page: that is said instead. */
export async function reloadPage(): Promise<void> {
  const answer = await fetch('/healthz', { cache: 'no-store' }).catch(() => null);
  if (answer?.ok) window.location.reload();
  else announce(errorText(new ApiError(UNREACHABLE, 0, {})));
}
