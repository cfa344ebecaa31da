import { GalleryVertical, LayoutGrid, UserRound, UserRoundX, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { PlainButton } from '@/ui/Button';
import { stageView } from './state';
import { usePeople, useSharer } from './useParticipants';

/** How the people are shown: as many as fit, or who speaks large; with one's own picture or without. Beside a screen there is one way. */
export function ViewButtons() {
  const { t } = useTranslation('participants');
  const { mode, isSelfShown } = useStore(stageView);
  const isAlone = usePeople().length < 2;
  const isScreenShown = useSharer() !== undefined;
  if (isAlone) return null;
  const other = mode === 'gallery' ? 'speaker' : 'gallery';
  return (
    <>
      <HeadButton
        icon={isSelfShown ? UserRoundX : UserRound}
        word={t(isSelfShown ? 'self.hide' : 'self.show')}
        onPress={() => stageView.setState({ isSelfShown: !isSelfShown })}
      />
      {!isScreenShown && (
        <HeadButton
          icon={other === 'speaker' ? GalleryVertical : LayoutGrid}
          word={t(`view.${other}`)}
          onPress={() => stageView.setState({ mode: other })}
        />
      )}
    </>
  );
}

interface HeadButtonProps {
  icon: LucideIcon;
  word: string;
  onPress: () => void;
}

function HeadButton({ icon: Icon, word, onPress }: HeadButtonProps) {
  return (
    <PlainButton
      aria-label={word}
      title={word}
      onPress={onPress}
      className="flex h-9 min-w-9 items-center justify-center gap-1.5 rounded-tile px-2 text-xs hover:bg-stage-3 active:bg-stage-2"
    >
      <Icon aria-hidden className="size-4.5" />
      <span className="max-lg:hidden">{word}</span>
    </PlainButton>
  );
}
