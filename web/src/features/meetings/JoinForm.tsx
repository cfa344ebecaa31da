import type { FormEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRouter } from '@tanstack/react-router';
import { Button } from '@/ui/Button';
import { TextField } from '@/ui/TextField';
import { preJoinPath, type Invitation } from './invitation';
import { useInvitationField } from './useInvitationField';

interface JoinFormProps {
  /** Further actions in the same row, such as 快速会议. */
  children?: ReactNode;
  size?: 'medium' | 'large';
  autoFocus?: boolean;
  /** The number that was tried, to be mended. */
  tried?: string;
  /** Instead of going to the meeting's pre-join page. */
  onRead?: (invitation: Invitation) => void;
}

/** Takes a 会议号, a link or a whole pasted invitation to the pre-join page. */
export function JoinForm({
  children,
  size = 'medium',
  autoFocus = false,
  tried = '',
  onRead,
}: JoinFormProps) {
  const { t } = useTranslation('meetings');
  const router = useRouter();
  const { field, read } = useInvitationField(tried);

  async function join(event: FormEvent) {
    event.preventDefault();
    const invitation = await read();
    if (invitation === undefined) return;
    if (onRead) onRead(invitation);
    else router.history.push(preJoinPath(invitation));
  }

  return (
    <form
      onSubmit={(event) => void join(event)}
      noValidate
      className="flex flex-col gap-3 sm:flex-row sm:items-start"
    >
      <TextField
        label={t('join.field')}
        hideLabel
        placeholder={t('join.placeholder')}
        size={size}
        autoFocus={autoFocus}
        autoComplete="off"
        {...field}
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
