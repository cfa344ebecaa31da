import i18next from 'i18next';

export const UNREACHABLE = 'unreachable';

const MINUTE_S = 60;
const HOUR_S = 3_600;

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
  const seconds = retryAfter(error);
  const exact = `core:reasons.${code}.${String(seconds === undefined ? data.reason : 'wait')}`;
  const keys = [exact, `core:errors.${code}`, 'core:errors.internal_error'];
  const known = keys.find((key) => i18next.exists(key));
  return i18next.t(known as 'core:errors.internal_error', {
    replace: { ...data, wait: seconds === undefined ? '' : waitText(seconds) },
  });
}

/** 40秒钟, 24小时 */
function waitText(seconds: number): string {
  const [unit, size] =
    seconds > HOUR_S ? ['hour', HOUR_S] : seconds > MINUTE_S ? ['minute', MINUTE_S] : ['second', 1];
  const format = new Intl.NumberFormat(i18next.language, { style: 'unit', unit, unitDisplay: 'long' });
  return format.format(Math.ceil(seconds / size));
}

/** Seconds to wait that the server, or a proxy before it, named with the refusal, else `undefined`. */
export function retryAfter(error: unknown): number | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const seconds = error.data.retry_after;
  return typeof seconds === 'number' ? seconds : undefined;
}
