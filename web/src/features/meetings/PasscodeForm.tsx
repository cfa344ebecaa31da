import { useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useRouter } from '@tanstack/react-router';
import { useStore } from 'zustand';
import { errorText } from '@/core/errors';
import { groupedNumber } from '@/core/meeting-number';
import { Button } from '@/ui/Button';
import { buttonClass } from '@/ui/buttonClass';
import { TextField } from '@/ui/TextField';
import { preJoinPath, readInvitation, readPasscode, type Invitation } from './invitation';
import type { JoinModel } from './join';

/** Asked when the link came without its fragment, or the number was typed: mistyped perhaps, and mended here. */
export function PasscodeForm({ model }: { model: JoinModel }) {
  const { t } = useTranslation(['meetings', 'core']);
  const error = useStore(model.store, (view) => view.error);
  const { history } = useRouter();
  const number = useNumber(model.number);
  const [passcode, setPasscode] = useState('');
  const [isLooking, setLooking] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const invitation = number.read();
    if (invitation === undefined) return;
    // A whole invitation may have been pasted into either field.
    const typed = readInvitation(passcode)?.passcode ?? (passcode || (invitation.passcode ?? ''));
    if (invitation.number !== model.number) {
      const read = readPasscode(typed);
      return history.push(preJoinPath({ ...invitation, ...(read && { passcode: read }) }));
    }
    setLooking(true);
    await model.tryPasscode(typed);
    setLooking(false);
  }

  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="flex flex-col gap-4">
      <h1 className="text-xl font-semibold">{t('join.action')}</h1>
      <TextField label={t('join.field')} autoComplete="off" {...number.field} />
      <TextField
        label={t('prejoin.passcode')}
        hint={t('prejoin.passcode_hint')}
        inputMode="numeric"
        autoComplete="off"
        autoFocus
        value={passcode}
        onChange={(value) => {
          setPasscode(value);
          model.forgetError();
        }}
        error={error === null ? undefined : errorText(error)}
      />
      <Button type="submit" look="primary" size="large" isPending={isLooking}>
        {t('prejoin.passcode_go')}
      </Button>
      <Link to="/" className={buttonClass({ look: 'quiet' })}>
        {t('core:common.back_home')}
      </Link>
    </form>
  );
}

/** The field of the number; `read` puts the focus on what cannot be one. */
function useNumber(initial: string) {
  const { t } = useTranslation('meetings');
  const ref = useRef<HTMLInputElement>(null);
  const [value, setValue] = useState(() => groupedNumber(initial));
  const [isUnreadable, setUnreadable] = useState(false);

  function onChange(typed: string) {
    setValue(typed);
    setUnreadable(false);
  }

  function read(): Invitation | undefined {
    const invitation = readInvitation(value);
    setUnreadable(invitation === undefined);
    if (invitation === undefined) ref.current?.focus();
    return invitation;
  }

  return { field: { ref, value, onChange, error: isUnreadable ? t('join.unreadable') : undefined }, read };
}
