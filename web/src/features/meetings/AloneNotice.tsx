import { UserPlus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { peopleAround } from '@/core/live/roster';
import { Notice, useLive, usePanels } from '@/room';
import { Button } from '@/ui/Button';

/** Whoever is alone is shown the way to the invitation, while no panel is open. */
export function AloneNotice() {
  const { t } = useTranslation('meetings');
  const panels = usePanels();
  const isAlone = useLive(({ roster, you }) => {
    const others = peopleAround(roster, you.seat).filter(
      ({ kind, seat }) => kind !== 'service' && seat !== you.seat,
    );
    return others.length === 0;
  });
  if (!isAlone || panels.open !== null) return null;
  const invite = (
    <Button look="primary" size="small" onPress={() => panels.show('invite')}>
      <UserPlus aria-hidden className="size-4" />
      {t('invite.others')}
    </Button>
  );
  return <Notice action={invite} text={t('invite.alone')} />;
}
