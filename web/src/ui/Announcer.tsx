import { useStore } from 'zustand';
import { announcements } from '@/core/announce';

/**
 * Speaks `announce(…)` to screen readers and shows it for a moment below the head of the page;
 * speaks notices. React Aria makes everything outside an open menu or dialog inert but for `data-live-announcer`.
 */
export function Announcer() {
  const { current, notices } = useStore(announcements);
  return (
    <>
      <div
        role="status"
        aria-live="polite"
        data-live-announcer
        className="pointer-events-none fixed inset-x-0 top-28 max-sm:top-18 z-50 flex justify-center px-4"
      >
        {current && (
          <p
            key={current.id}
            className="flex max-w-lg gap-1 rounded-field border border-stage-text bg-stage-3 px-4 py-2.5 text-sm text-white wrap-anywhere shadow-popover"
          >
            {current.parts.map((part, index) => (
              <span
                key={index}
                className={index === 1 ? 'max-w-44 shrink-0 truncate' : 'line-clamp-2 empty:hidden'}
              >
                {part}
              </span>
            ))}
          </p>
        )}
      </div>
      <div role="status" aria-live="polite" data-live-announcer className="sr-only">
        {notices.map(({ id, text }) => (
          <p key={id}>{text}</p>
        ))}
      </div>
    </>
  );
}
