import i18next from 'i18next';

export const UNREACHABLE = 'unreachable';

/** An expected failure: the stable `code` and data of the server's problem details. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly data: Record<string, unknown>,
  ) {
    super(code);
    this.name = 'ApiError';
  }
}

export function isCode(error: unknown, code: string): error is ApiError {
  return error instanceof ApiError && error.code === code;
}

/** What happened and what to do next, in the user's words; more exactly where the server names its `reason`. */
export function errorText(error: unknown): string {
  const { code, data } = error instanceof ApiError ? error : new ApiError('internal_error', 0, {});
  const exact = `core:reasons.${code}.${String(data.reason)}`;
  const keys = [exact, `core:errors.${code}`, 'core:errors.internal_error'];
  const known = keys.find((key) => i18next.exists(key));
  return i18next.t(known as 'core:errors.internal_error', { replace: data });
}

/** Seconds to wait that the server, or a proxy before it, named with the refusal, else `undefined`. */
export function retryAfter(error: unknown): number | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const seconds = error.data.retry_after;
  return typeof seconds === 'number' ? seconds : undefined;
}
