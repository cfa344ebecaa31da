import { useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { ApiError, errorText } from '@/core/errors';
import { nameRefusal } from '@/core/names';
import { ConsentLine, type ConsentGate } from '@/features/policy';
import { Button } from '@/ui/Button';
import { TextField } from '@/ui/TextField';
import { lastGuest } from './guest';
import type { JoinModel } from './join';

interface JoinFieldsProps {
  model: JoinModel;
  accountName: string | null;
  /** What a guest is called in this meeting already, or was called last. */
  guestName: string;
  /** Null: this person has agreed already. */
  consent: ConsentGate | null;
  onJoin: (name: string) => void;
  children: ReactNode;
}

// Stays at the window's edge where the form is taller than the window: a phone shows the button at once.
const FOOT =
  'sticky bottom-0 flex flex-col gap-3 bg-surface py-4 max-md:-mx-6 max-md:px-6 max-sm:-mx-4 max-sm:px-4 ' +
  'pb-[max(1rem,env(safe-area-inset-bottom))] max-md:border-t max-md:border-line';

export function JoinFields({ model, accountName, guestName, consent, onJoin, children }: JoinFieldsProps) {
  const { t } = useTranslation('meetings');
  const { error, needsConsent, wasPasscodeTyped, isAnother } = useStore(model.store);
  const [name, setName] = useState(accountName ?? guestName);
  const [refusal, setRefusal] = useState<ApiError | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const wrongName = refusal ?? (isNameInvalid(error) ? error : null);

  useEffect(() => {
    if (isAnother) field.current?.select();
  }, [isAnother]);

  function submit(event: FormEvent) {
    event.preventDefault();
    const refused = nameRefusal(name);
    setRefusal(refused);
    if (refused) return field.current?.focus();
    // An account's name is not left behind for whoever sits here next.
    if (accountName === null) lastGuest.name = name;
    const join = () => onJoin(name);
    if (consent) consent.withConsent(join);
    else join();
  }

  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <TextField
        ref={field}
        label={t('prejoin.name')}
        placeholder={t('prejoin.name_placeholder')}
        autoComplete="name"
        autoFocus={wasPasscodeTyped}
        value={name}
        hint={isAnother ? t('prejoin.another_name') : undefined}
        onChange={(value) => {
          setName(value);
          setRefusal(null);
          model.forgetError();
        }}
        error={wrongName ? errorText(wrongName) : undefined}
      />
      {children}
      <div className={FOOT}>
        {consent && (
          <ConsentLine isGiven={consent.isGiven} onChange={consent.setGiven} autoFocus={needsConsent} />
        )}
        {error !== null && !isNameInvalid(error) && (
          <p role="alert" className="text-xs text-danger-text">
            {errorText(error)}
          </p>
        )}
        <JoinButton model={model} />
      </div>
    </form>
  );
}

/** Named 加入会议 in full: of the word that it shows, one alone says little out of its place. */
function JoinButton({ model }: { model: JoinModel }) {
  const { t } = useTranslation('meetings');
  const { isJoining, preview } = useStore(model.store);
  const starts = preview?.starts;
  return (
    <Button
      type="submit"
      look="primary"
      size="large"
      isPending={isJoining}
      aria-label={isJoining || starts ? undefined : t('join.action')}
    >
      {t(isJoining ? 'prejoin.joining' : starts ? 'prejoin.start' : 'prejoin.join')}
    </Button>
  );
}

function isNameInvalid(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 'name_invalid';
}
