import { useContext, type ReactNode } from 'react';
import type { LucideIcon } from 'lucide-react';
import { BarButton } from './BarButton';
import { Menu } from './Menu';
import { MenuRow } from './MenuRow';
import { MoreContext } from './more';

interface BarChoicesProps {
  icon: LucideIcon;
  word: string;
  /** What can be chosen: a picture and its word. */
  items: ReadonlyArray<{ id: string; label: string; icon: ReactNode }>;
  isDisabled?: boolean;
  onAction: (id: string) => void;
}

/** A few pictures to choose from: behind a button of the bar, or at once behind 更多. */
export function BarChoices({ icon, word, items, isDisabled = false, onAction }: BarChoicesProps) {
  const choose = useContext(MoreContext);
  if (!choose) {
    return (
      <Menu
        isRow
        label={word}
        trigger={<BarButton icon={icon} word={word} isDisabled={isDisabled} />}
        items={items}
        onAction={onAction}
      />
    );
  }
  return (
    <MenuRow
      label={word}
      items={items}
      isDisabled={isDisabled}
      onAction={(id) => choose(() => onAction(id))}
    />
  );
}
