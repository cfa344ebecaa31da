/** The product's mark and, unless `bare`, its name. */
export function Logo({ name, bare = false }: { name: string; bare?: boolean }) {
  return (
    <span className="inline-flex items-center gap-2 font-semibold text-md text-ink-900">
      <svg
        viewBox="0 0 32 32"
        className="size-8 shrink-0"
        role={bare ? 'img' : undefined}
        aria-hidden={!bare}
        aria-label={bare ? name : undefined}
      >
        <rect width="32" height="32" rx="9" className="fill-brand-500" />
        <rect x="7.5" y="10" width="11.5" height="12" rx="3" className="fill-none stroke-white stroke-2" />
        <path
          d="m19 14.5 5.5-3v9l-5.5-3"
          className="fill-none stroke-white stroke-2"
          strokeLinejoin="round"
        />
      </svg>
      {!bare && <span className="whitespace-nowrap">{name}</span>}
    </span>
  );
}
