import { lazy, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { errorText } from '@/core/errors';
import type { RosterEntry } from '@/core/live/protocol';
import { nameRefusal } from '@/core/names';
import { useRoom } from '@/room';
import { Button } from '@/ui/Button';
import { Guarded } from '@/ui/Guarded';
import { TextField } from '@/ui/TextField';
import type { AskedAction } from './useMemberActions';

const Dialog = lazy(() => import('@/ui/Dialog'));

interface MemberDialogProps {
  kind: AskedAction;
  person: RosterEntry;
  onClose: () => void;
  onRemoved: () => void;
}

export function MemberDialog({ kind, person, onClose, onRemoved }: MemberDialogProps) {
  const { t } = useTranslation('participants');
  const title = t(kind === 'rename' ? 'rename.title' : 'remove.title', { name: person.name });
  return (
    <Guarded onFailed={onClose}>
      <Dialog isOpen onOpenChange={onClose} title={title} role={kind === 'remove' ? 'alertdialog' : 'dialog'}>
        {kind === 'rename' ? (
          <Rename person={person} onDone={onClose} />
        ) : (
          <Remove person={person} onRemoved={onRemoved} onCancel={onClose} />
        )}
      </Dialog>
    </Guarded>
  );
}

interface RenameProps {
  person: RosterEntry;
  onDone: () => void;
}

function Rename({ person, onDone }: RenameProps) {
  const { t } = useTranslation(['participants', 'core']);
  const room = useRoom();
  const [name, setName] = useState(person.name);
  const [isSaving, setSaving] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const refused = nameRefusal(name);
    setError(refused);
    if (refused) return;
    setSaving(true);
    await room.send('participants.rename', { seat: person.seat, name }).then(onDone, setError);
    setSaving(false);
  }

  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="mt-4 flex flex-col gap-5">
      <TextField
        label={t('rename.field')}
        value={name}
        onChange={setName}
        autoFocus
        error={error === null ? undefined : errorText(error)}
      />
      <Button type="submit" look="primary" isPending={isSaving} isDisabled={name.trim() === ''}>
        {t('rename.save')}
      </Button>
    </form>
  );
}

interface RemoveProps {
  person: RosterEntry;
  onRemoved: () => void;
  onCancel: () => void;
}

function Remove({ person, onRemoved, onCancel }: RemoveProps) {
  const { t } = useTranslation(['participants', 'core']);
  const room = useRoom();
  const [error, setError] = useState<unknown>(null);
  return (
    <>
      <p className="mt-3 text-ink-700">{t('remove.text')}</p>
      {error !== null && (
        <p role="alert" className="mt-2 text-xs text-danger-text">
          {errorText(error)}
        </p>
      )}
      <div className="mt-6 flex flex-col gap-3 sm:flex-row-reverse">
        <Button
          look="danger"
          className="grow"
          onPress={() =>
            void room.send('participants.remove', { seat: person.seat }).then(onRemoved, setError)
          }
        >
          {t('action.remove')}
        </Button>
        <Button className="grow" onPress={onCancel}>
          {t('core:common.cancel')}
        </Button>
      </div>
    </>
  );
}
