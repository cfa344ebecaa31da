import { UserPlus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useSpoken } from '@/core/announce/useSpoken';
import { peopleAround } from '@/core/live/roster';
import { Notice, useLive, usePanels } from '@/room';
import { Button } from '@/ui/Button';

export function AloneNotice() {
  const isAlone = useLive(({ roster, you }) => {
    const others = peopleAround(roster, you.seat).filter(
      ({ kind, seat }) => kind !== 'service' && seat !== you.seat,
    );
    return others.length === 0;
  });
  return isAlone && <Alone />;
}

/** Shows the way to the invitation, while no panel is open; said once, and not each time that one is closed. */
function Alone() {
  const { t } = useTranslation('meetings');
  const panels = usePanels();
  useSpoken(t('invite.alone'));
  if (panels.open !== null) return null;
  const invite = (
    <Button look="primary" size="small" onPress={() => panels.show('invite')}>
      <UserPlus aria-hidden className="size-4" />
      {t('invite.others')}
    </Button>
  );
  return <Notice action={invite} text={t('invite.alone')} isSpoken={false} />;
}
