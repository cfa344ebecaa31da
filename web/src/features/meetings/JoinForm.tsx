import { useRef, useState, type FormEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRouter } from '@tanstack/react-router';
import { Button } from '@/ui/Button';
import { TextField } from '@/ui/TextField';
import { preJoinPath, readInvitation, type Invitation } from './invitation';

interface JoinFormProps {
  /** Further actions in the same row, such as 快速会议. */
  children?: ReactNode;
  size?: 'medium' | 'large';
  autoFocus?: boolean;
  /** Instead of going to the meeting's pre-join page. */
  onRead?: (invitation: Invitation) => void;
}

/** Takes a 会议号, a link or a whole pasted invitation to the pre-join page. */
export function JoinForm({ children, size = 'medium', autoFocus = false, onRead }: JoinFormProps) {
  const { t } = useTranslation('meetings');
  const router = useRouter();
  const [text, setText] = useState('');
  const [isUnreadable, setUnreadable] = useState(false);
  const field = useRef<HTMLInputElement>(null);

  function join(event: FormEvent) {
    event.preventDefault();
    const invitation = readInvitation(text);
    if (!invitation) {
      setUnreadable(true);
      field.current?.focus();
    } else if (onRead) onRead(invitation);
    else router.history.push(preJoinPath(invitation));
  }

  return (
    <form onSubmit={join} noValidate className="flex flex-col gap-3 sm:flex-row sm:items-start">
      <TextField
        ref={field}
        label={t('join.field')}
        hideLabel
        placeholder={t('join.placeholder')}
        value={text}
        onChange={(value) => {
          setText(value);
          setUnreadable(false);
        }}
        error={isUnreadable ? t(text.trim() === '' ? 'join.missing' : 'join.unreadable') : undefined}
        size={size}
        autoFocus={autoFocus}
        autoComplete="off"
      />
      <div className="flex gap-3 max-sm:flex-wrap max-sm:*:grow">
        <Button type="submit" look="primary" size={size}>
          {t('join.action')}
        </Button>
        {children}
      </div>
    </form>
  );
}
