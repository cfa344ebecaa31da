import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { errorText } from '@/core/errors';
import type { RosterEntry } from '@/core/live/protocol';
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
      <p className="phrases mt-3 text-ink-700">{t('leave.text')}</p>
      <Choice onCancel={onClose} />
    </Dialog>
  );
}

/** Who follows. Nobody takes the place of who was chosen, and left while the host still thought: `gone` is their name. */
function useSuccessor(isPending: boolean) {
  const you = useLive((live) => live.you);
  const roster = useLive((live) => live.roster);
  const people = successors({ you, roster });
  const [chosen, setChosen] = useState<RosterEntry | null>(people[0] ?? null);
  const [gone, setGone] = useState('');
  if (chosen !== null && !isPending && people.every(({ seat }) => seat !== chosen.seat)) {
    setChosen(null);
    setGone(chosen.name);
  }

  function choose(seat: number) {
    setChosen(people.find((person) => person.seat === seat) ?? null);
    setGone('');
  }

  return { people, chosen, gone, choose };
}

function Choice({ onCancel }: { onCancel: () => void }) {
  const { t } = useTranslation(['participants', 'core']);
  const room = useRoom();
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const successor = useSuccessor(isPending);
  const { chosen } = successor;

  async function handOver(seat: number) {
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
      <SuccessorField successor={successor} isPending={isPending} />
      {error !== null && (
        <p role="alert" className="mt-2 text-xs text-danger-text">
          {errorText(error)}
        </p>
      )}
      <div className="mt-6 flex flex-col gap-3">
        <Button
          look="primary"
          isPending={isPending}
          isDisabled={chosen === null}
          onPress={() => chosen && void handOver(chosen.seat)}
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

interface SuccessorFieldProps {
  successor: ReturnType<typeof useSuccessor>;
  isPending: boolean;
}

function SuccessorField({ successor, isPending }: SuccessorFieldProps) {
  const { t } = useTranslation('participants');
  const { people, chosen, gone, choose } = successor;
  return (
    <>
      <Select
        label={t('leave.next')}
        value={String(chosen?.seat ?? '')}
        options={[
          ...(chosen === null ? [{ value: '', label: t('leave.choose') }] : []),
          ...people.map((person) => ({
            value: String(person.seat),
            label: person.name + remarksOf(t, person, false),
          })),
        ]}
        onChange={(seat) => choose(Number(seat))}
        isDisabled={isPending || people.length === 0}
      />
      {gone !== '' && (
        <p role="alert" className="mt-2 text-xs text-danger-text">
          {t('leave.gone', { name: gone })}
        </p>
      )}
    </>
  );
}
