import createClient, { type Middleware } from 'openapi-fetch';
import { ApiError, UNREACHABLE } from '../errors';
import type { paths } from './schema';

// A simple cross-site form cannot set this header: the server asks for it on every change of state.
const SAME_ORIGIN_HEADERS = { 'X-MCMeet': '1' };

const failures: Middleware = {
  onError: () => new ApiError(UNREACHABLE, 0, {}),
};

export const api = createClient<paths>({ baseUrl: '/', headers: SAME_ORIGIN_HEADERS });
api.use(failures);

interface Problem {
  code?: string;
  status?: number;
  data?: Record<string, unknown>;
}

/** The answer's body; an error answer (application/problem+json) is thrown as `ApiError`. */
export async function answer<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data: body, error, response } = await call;
  if (response.ok) return body as T;
  const problem = (typeof error === 'object' && error !== null ? error : {}) as Problem;
  // A proxy before us may refuse in its own words; how long to wait is in its header all the same.
  const wait = Number(response.headers.get('retry-after'));
  const data = { ...(wait > 0 && { retry_after: wait }), ...problem.data };
  throw new ApiError(problem.code ?? 'internal_error', response.status, data);
}
