import type { TFunction } from 'i18next';
import type { RosterEntry } from '@/core/live/protocol';

/** （主持人，我）, behind a name and apart from it: where a long name is cut off, this stays. */
export function remarksOf(
  t: TFunction<'participants'>,
  { role }: Pick<RosterEntry, 'role'>,
  isSelf: boolean,
): string {
  const remarks = [role === 'participant' ? '' : t(`role.${role}`), isSelf ? t('me') : ''].filter(Boolean);
  return remarks.length === 0 ? '' : t('remarks', { remarks: remarks.join(t('comma')) });
}
