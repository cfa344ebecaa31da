import { Fragment, useSyncExternalStore } from 'react';
import { Keyboard } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { areShortcutsOn, setShortcuts, watchShortcuts } from '@/core/shortcuts';
import { Menu } from '@/ui/Menu';
import { PlainButton } from '@/ui/Button';

const KEYS = ['m', 'v', 's'] as const;

/**
 * Guests have no 设置: whoever speaks to their computer switches single letters off here (WCAG 2.1.4). A phone has no
 * keyboard, whichever way it is held; a tablet may.
 */
export function ShortcutsMenu() {
  const { t } = useTranslation('room');
  const isOn = useSyncExternalStore(watchShortcuts, areShortcutsOn);
  return (
    <Menu
      label={t('shortcuts.title')}
      header={<Keys />}
      trigger={
        <PlainButton
          aria-label={t('shortcuts.title')}
          title={t('shortcuts.title')}
          className="flex size-9 items-center justify-center rounded-tile hover:bg-stage-3 active:bg-stage-2 max-sm:pointer-coarse:hidden pointer-coarse:[@media(height<30rem)]:hidden"
        >
          <Keyboard aria-hidden className="size-4.5" />
        </PlainButton>
      }
      choices={[
        {
          label: t('shortcuts.title'),
          selected: isOn ? 'on' : 'off',
          items: (['on', 'off'] as const).map((id) => ({ id, label: t(`shortcuts.${id}`) })),
        },
      ]}
      onAction={(id) => setShortcuts(id === 'on')}
    />
  );
}

function Keys() {
  const { t } = useTranslation('room');
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-3 gap-y-2 border-b border-line px-2.5 pt-2 pb-3 text-sm">
      {KEYS.map((key) => (
        <Fragment key={key}>
          <dt>
            <kbd className="inline-block min-w-6 rounded-tile border border-line bg-ground px-1.5 text-center font-sans text-xs uppercase">
              {key}
            </kbd>
          </dt>
          <dd>{t(`shortcuts.keys.${key}`)}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
