/** A grey block where text or a picture will be. */
export function Skeleton({ className }: { className: string }) {
  return <span aria-hidden className={`block animate-pulse rounded-tile bg-line ${className}`} />;
}
