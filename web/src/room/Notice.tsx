import type { ReactNode } from 'react';
import { useSpoken } from '@/core/announce/useSpoken';

interface NoticeProps {
  id?: string;
  icon?: ReactNode;
  /** The button that helps. */
  action?: ReactNode;
  text: string;
  hint?: string;
  isSpoken?: boolean;
}

/** One sentence above the bar, with what helps; it is spoken when it comes. */
export function Notice({ id, icon, action, text, hint, isSpoken = true }: NoticeProps) {
  useSpoken(isSpoken ? text : null, hint);
  return (
    <div className="flex max-w-xl items-center gap-3 rounded-field bg-stage-3 px-4 py-2.5 text-sm">
      {icon}
      <p id={id} className="phrases">
        {text}
        {hint && <span className="block text-xs text-stage-text">{hint}</span>}
      </p>
      {action}
    </div>
  );
}
