import { useEffect, type RefObject } from 'react';
import { useRoom } from '@/room';

/** Asks for somebody's camera while `element` is in sight, on the page that is shown and not scrolled away. */
export function useDrawn(element: RefObject<HTMLElement | null>, identity: string): void {
  const { drawnCameras: drawn } = useRoom();
  useEffect(() => {
    const target = element.current;
    if (target === null) return undefined;
    let end: (() => void) | undefined;
    const observer = new IntersectionObserver((entries) => {
      end?.();
      end = entries.at(-1)?.isIntersecting ? drawn.show(identity) : undefined;
    });
    observer.observe(target);
    return () => {
      observer.disconnect();
      end?.();
    };
  }, [element, drawn, identity]);
}
