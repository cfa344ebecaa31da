import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { errorText } from '@/core/errors';
import { useLive, useRoom } from '@/room';
import { Button } from '@/ui/Button';
import Dialog from '@/ui/Dialog';
import { Select } from '@/ui/Select';
import { successors } from './state';
import { remarksOf } from './words';

/** A host leaves while others stay: whether somebody is host after them, and who. Load it lazily. */
export default function HandOverDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('participants');
  return (
    <Dialog isOpen onOpenChange={onClose} title={t('leave.title')} role="alertdialog">
      <p className="mt-3 text-ink-700">{t('leave.text')}</p>
      <Choice onCancel={onClose} />
    </Dialog>
  );
}

function Choice({ onCancel }: { onCancel: () => void }) {
  const { t } = useTranslation(['participants', 'core']);
  const room = useRoom();
  const you = useLive((live) => live.you);
  const roster = useLive((live) => live.roster);
  const [chosen, setChosen] = useState<number | null>(null);
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const people = successors({ you, roster });
  // Whoever was chosen may leave while the host still thinks.
  const next = people.find(({ seat }) => seat === chosen) ?? people[0];

  async function handOver(seat: number) {
    setChosen(seat);
    setPending(true);
    setError(null);
    try {
      await room.send('participants.set_role', { seat, role: 'host' });
      room.leave();
    } catch (refused) {
      setError(refused);
      setPending(false);
    }
  }

  return (
    <div className="mt-4 flex flex-col">
      <Select
        label={t('leave.next')}
        value={String(next?.seat)}
        options={people.map((person) => ({
          value: String(person.seat),
          label: person.name + remarksOf(t, person, false),
        }))}
        onChange={(seat) => setChosen(Number(seat))}
        isDisabled={isPending || !next}
      />
      {error !== null && (
        <p role="alert" className="mt-2 text-xs text-danger-text">
          {errorText(error)}
        </p>
      )}
      <div className="mt-6 flex flex-col gap-3">
        <Button
          look="primary"
          isPending={isPending}
          isDisabled={!next}
          onPress={() => next && void handOver(next.seat)}
        >
          {t('leave.hand_over')}
        </Button>
        <Button onPress={() => room.leave()}>{t('leave.without')}</Button>
        <Button look="quiet" onPress={onCancel}>
          {t('core:common.cancel')}
        </Button>
      </div>
    </div>
  );
}
