import { useState, type FormEvent } from 'react';
import { flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { errorText } from '@/core/errors';
import type { RosterEntry } from '@/core/live/protocol';
import { nameRefusal } from '@/core/names';
import { useRoom } from '@/room';
import { Button } from '@/ui/Button';
import { Decision } from '@/ui/Decision';
import Dialog from '@/ui/Dialog';
import { TextField } from '@/ui/TextField';
import type { AskedAction } from './useMemberActions';

const TITLES = { rename: 'rename.title', host: 'host.title', remove: 'remove.title' } as const;
const MEANINGS = { host: 'host.text', remove: 'remove.text' } as const;

interface MemberDialogProps {
  kind: AskedAction;
  person: RosterEntry;
  onClose: () => void;
  /** The button that opened the dialog is gone now, or will be. */
  onDone: () => void;
}

/** Load it lazily. */
export default function MemberDialog({ kind, person, onClose, onDone }: MemberDialogProps) {
  const { t } = useTranslation('participants');
  const room = useRoom();
  const title = t(TITLES[kind], { name: person.name });
  const { seat } = person;

  function decide(on: 'host' | 'remove'): Promise<unknown> {
    if (on === 'host') return room.send('participants.set_role', { seat, role: 'host' });
    return room.send('participants.remove', { seat });
  }

  return (
    <Dialog isOpen onOpenChange={onClose} title={title} role={kind === 'rename' ? 'dialog' : 'alertdialog'}>
      {kind === 'rename' ? (
        <Rename person={person} onDone={onClose} />
      ) : (
        <Decision
          text={t(MEANINGS[kind])}
          action={t(`action.${kind}`)}
          look={kind === 'host' ? 'primary' : 'danger'}
          onDecide={() => decide(kind).then(onDone)}
          onCancel={onClose}
        />
      )}
    </Dialog>
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
    // Drawn in between: the same words once more take the focus to their field again.
    flushSync(() => setError(null));
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
