import { useState, type FormEvent } from 'react';
import { flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { Link, useRouter } from '@tanstack/react-router';
import { useStore } from 'zustand';
import { errorText } from '@/core/errors';
import { groupedNumber } from '@/core/meeting-number';
import { Button } from '@/ui/Button';
import { buttonClass } from '@/ui/buttonClass';
import { TextField } from '@/ui/TextField';
import { preJoinPath, readPasscode } from './invitation';
import type { JoinModel } from './join';
import { loadReading, useInvitationField, useOwnHosts } from './useInvitationField';

/** Asked when the link came without its fragment, or the number was typed: mistyped perhaps, and mended here. */
export default function PasscodeForm({ model }: { model: JoinModel }) {
  const { t } = useTranslation(['meetings', 'core']);
  const error = useStore(model.store, (view) => view.error);
  const { history } = useRouter();
  const number = useInvitationField(groupedNumber(model.number));
  const hosts = useOwnHosts();
  const [passcode, setPasscode] = useState('');
  const [isLooking, setLooking] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setLooking(true);
    await look();
    setLooking(false);
  }

  async function look() {
    const invitation = await number.read();
    if (invitation === undefined) return;
    // A whole invitation may have been pasted into either field.
    const pasted = (await loadReading())?.readInvitation(passcode, hosts);
    const read = typeof pasted === 'object' ? pasted.passcode : undefined;
    const typed = read ?? (passcode || (invitation.passcode ?? ''));
    if (invitation.number !== model.number) {
      const good = readPasscode(typed);
      return history.push(preJoinPath({ ...invitation, ...(good && { passcode: good }) }));
    }
    // Drawn in between: the same words once more take the focus to their field again.
    flushSync(() => model.forgetError());
    await model.tryPasscode(typed);
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
          void loadReading();
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
