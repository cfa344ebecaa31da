interface NameProps {
  name: string;
  remarks: string;
}

/** On one line; what does not fit is taken from the name alone. */
export function Name({ name, remarks }: NameProps) {
  return (
    <span className="flex min-w-0">
      <span className="truncate">{name}</span>
      {/* Paler than what anybody can write into a name. */}
      <span className="shrink-0 whitespace-pre opacity-70">{remarks}</span>
    </span>
  );
}
