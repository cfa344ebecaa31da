import { useStore } from 'zustand';
import { announcements } from '@/core/announce';

/** Speaks `announce(…)` to screen readers and shows it for a moment near the top of the page, on phones over its head; speaks notices. */
export function Announcer() {
  const { current, notices } = useStore(announcements);
  return (
    <>
      <div
        role="status"
        aria-live="polite"
        className="pointer-events-none fixed inset-x-0 top-28 max-sm:top-2 z-50 flex justify-center px-4"
      >
        {current && (
          <p
            key={current.id}
            className="line-clamp-2 max-w-lg rounded-field border border-stage-text bg-stage-3 px-4 py-2.5 text-sm text-white wrap-anywhere shadow-popover"
          >
            {current.text}
          </p>
        )}
      </div>
      <div role="status" aria-live="polite" className="sr-only">
        {notices.map(({ id, text }) => (
          <p key={id}>{text}</p>
        ))}
      </div>
    </>
  );
}
