import { initialOf } from './initial';

/** First letter of a name on a round ground. The name stands beside it or in a label. */
export function Avatar({ name, size = 'medium' }: { name: string; size?: 'medium' | 'large' }) {
  const sizes = size === 'large' ? 'size-14 text-lg' : 'size-9 text-sm';
  return (
    <span
      aria-hidden
      className={`flex ${sizes} shrink-0 items-center justify-center rounded-full bg-brand-600 text-white`}
    >
      {initialOf(name)}
    </span>
  );
}
