import { queryOptions, useQuery, type QueryClient } from '@tanstack/react-query';
import { answer, api } from '../api/client';
import type { components } from '../api/schema';
import { currentLanguage } from '../i18n';

export type Session = components['schemas']['SessionView'];
export type Consent = components['schemas']['ConsentGiven'];

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: () => answer(api.GET('/api/session')),
  staleTime: 60_000,
  // Somebody may have signed out in another tab meanwhile.
  refetchOnWindowFocus: 'always',
});

/** Who is here, in which mode the server runs and who operates it; `undefined` while it loads. */
export function useSession(): Session | undefined {
  return useQuery(sessionQuery).data;
}

/** What a ticked line agrees to: the versions in force, in the language that they were offered in. */
export function consentTo(session: Session): Consent {
  return { ...session.consent, lang: currentLanguage() };
}

const forgets: (() => void)[] = [];

/** Of what is kept beside the queries, in a module. */
export function onSessionChanged(forget: () => void): void {
  forgets.push(forget);
}

/** After signing in or out: everything that was read as somebody else is forgotten. */
export async function sessionChanged(queryClient: QueryClient): Promise<void> {
  for (const forget of forgets) forget();
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
  await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
}
