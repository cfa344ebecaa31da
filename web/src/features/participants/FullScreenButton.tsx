import { Maximize, Minimize } from 'lucide-react';
import { useEffect, useSyncExternalStore, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { PlainButton } from '@/ui/Button';

/**
 * Turns the page to full screen, which the picture that it stands in then fills; so does a double click there. The
 * whole page, so that notices and questions are seen over the picture. The browser itself leaves it by Escape.
 */
export default function FullScreenButton({ picture }: { picture: RefObject<HTMLElement | null> }) {
  const { t } = useTranslation('participants');
  const isFull = useSyncExternalStore(watchFullScreen, isFullScreen);
  const Icon = isFull ? Minimize : Maximize;
  const word = t(isFull ? 'full_screen.leave' : 'full_screen.enter');

  useEffect(() => {
    const element = picture.current;
    if (element === null) return undefined;
    function pressedTwice({ target }: MouseEvent) {
      // Two presses of the button are two presses.
      if (!(target as Element).closest('button')) turnFullScreen();
    }
    element.addEventListener('dblclick', pressedTwice);
    return () => {
      element.removeEventListener('dblclick', pressedTwice);
      if (isFullScreen()) turnFullScreen();
    };
  }, [picture]);

  return (
    <PlainButton
      aria-label={word}
      title={word}
      onPress={turnFullScreen}
      className="absolute top-2 right-2 flex size-9 items-center justify-center rounded-tile bg-stage/80 hover:bg-stage-3"
    >
      <Icon aria-hidden className="size-4.5" />
    </PlainButton>
  );
}

function turnFullScreen() {
  const turned = isFullScreen() ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  // A browser may refuse; the picture stays where it is.
  turned.catch(() => undefined);
}

function isFullScreen(): boolean {
  return document.fullscreenElement !== null;
}

function watchFullScreen(changed: () => void) {
  document.addEventListener('fullscreenchange', changed);
  return () => document.removeEventListener('fullscreenchange', changed);
}
