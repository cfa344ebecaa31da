import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fetchPart } from '@/core/chunks';
import { useSession } from '@/core/session';
import { useIsLeft } from '@/ui/useIsLeft';
import type { Invitation } from './invitation';
import type { Refusal } from './reading';

const reading = () => import('./reading');

/** Nothing when it does not come, which the page says itself (`core/chunks`). */
export const loadReading = () => fetchPart(reading).catch(() => undefined);

/** The names of this server that the page knows: where it was opened, and what invitations bear. */
export function useOwnHosts(): readonly string[] {
  const { host, origin } = window.location;
  return [host, new URL(useSession()?.public_url ?? origin).host];
}

/** A field for a 会议号, a link or a whole invitation; `read` says what is wrong with it, and puts the focus there. */
export function useInvitationField(initial = '') {
  const { t } = useTranslation('meetings');
  const hosts = useOwnHosts();
  const ref = useRef<HTMLInputElement>(null);
  const [value, setValue] = useState(initial);
  const newest = useRef(initial);
  const isReading = useRef(false);
  const isLeft = useIsLeft();
  const [refusal, setRefusal] = useState<Refusal | null>(null);

  function onChange(typed: string) {
    newest.current = typed;
    setValue(typed);
    setRefusal(null);
    void loadReading();
  }

  /** Nothing either where the person has gone elsewhere meanwhile, or types on. */
  async function read(): Promise<Invitation | undefined> {
    if (isReading.current) return undefined;
    isReading.current = true;
    const found = (await loadReading())?.readInvitation(value, hosts);
    isReading.current = false;
    if (found === undefined || isLeft.current || newest.current !== value) return undefined;
    if (typeof found === 'object') return found;
    setRefusal(found);
    ref.current?.focus();
    return undefined;
  }

  return { field: { ref, value, onChange, error: refusal ? t(`join.${refusal}`) : undefined }, read };
}
