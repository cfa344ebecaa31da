import { SmilePlus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useMay, useSend } from '@/room';
import { BarChoices } from '@/ui/BarChoices';
import { EMOJI, REACTIONS, type ReactionName } from './state';

export function ReactionsButton() {
  const { t } = useTranslation('reactions');
  const send = useSend();
  const isAllowed = useMay('reactions.show');
  return (
    <BarChoices
      icon={SmilePlus}
      word={t('react')}
      isDisabled={!isAllowed}
      items={REACTIONS.map((name) => ({ id: name, label: t(`reaction.${name}`), icon: EMOJI[name] }))}
      onAction={(id) => send('reactions.show', { reaction: id as ReactionName }, t('react'))}
    />
  );
}
