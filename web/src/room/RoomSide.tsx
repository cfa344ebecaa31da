import { X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { reloadPage } from '@/core/chunks/reload';
import type { RoomPanel } from '@/core/live/part';
import { Button, PlainButton } from '@/ui/Button';
import { ErrorState } from '@/ui/ErrorState';
import { Guarded } from '@/ui/Guarded';
import { focusBar } from './bar-focus';

interface RoomSideProps {
  panel: RoomPanel;
  onClose: () => void;
}

/** One panel at the right, a sheet on phones. Focus goes in when it opens and back to its button at the end. */
export function RoomSide({ panel, onClose }: RoomSideProps) {
  const { t } = useTranslation(['core', 'room']);
  const heading = useRef<HTMLHeadingElement>(null);
  const { id, Panel } = panel;
  useEffect(() => {
    heading.current?.focus();
    return () => focusBar(`panel-${id}`);
  }, [id]);
  useEscape(onClose);
  return (
    <aside
      aria-labelledby="panel-heading"
      className="flex w-80 shrink-0 flex-col overflow-hidden bg-surface text-ink-900 max-sm:absolute max-sm:inset-x-0 max-sm:bottom-0 max-sm:z-20 max-sm:h-4/5 max-sm:w-full max-sm:rounded-t-card sm:mr-2 sm:rounded-card"
    >
      <div className="flex h-12 shrink-0 items-center justify-between border-b border-line pr-3.5 pl-4">
        <h2 id="panel-heading" ref={heading} tabIndex={-1} className="text-sm font-semibold">
          {t(panel.label as 'common.close')}
        </h2>
        <PlainButton
          aria-label={t('common.close')}
          onPress={onClose}
          className="flex size-9 -mr-0.5 items-center justify-center rounded-tile hover:bg-hover"
        >
          <X aria-hidden className="size-4" />
        </PlainButton>
      </div>
      <div className="min-h-0 grow overflow-y-auto">
        <Guarded instead={<PanelFailed />}>
          <Panel />
        </Guarded>
      </div>
    </aside>
  );
}

function PanelFailed() {
  const { t } = useTranslation(['core', 'room']);
  return (
    <ErrorState title={t('page.incomplete')} hint={t('room:reload_hint')}>
      <Button look="primary" onPress={() => void reloadPage()}>
        {t('page.reload')}
      </Button>
    </ErrorState>
  );
}

function useEscape(onEscape: () => void): void {
  useEffect(() => {
    function pressed(event: KeyboardEvent) {
      // A menu or dialog over the panel closes first.
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      event.preventDefault();
      onEscape();
    }
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [onEscape]);
}
