/** The product's mark; decoration beside its name. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 64 64" aria-hidden="true" className={className}>
      <rect width="64" height="64" rx="15" className="fill-accent" />
      <path
        d="M45.5 22.2A17 17 0 1 0 45.5 41.8"
        fill="none"
        strokeWidth="6.5"
        strokeLinecap="round"
        className="stroke-on-accent"
      />
      <path d="M18.6 42.8 15 52.4a1.3 1.3 0 0 0 1.7 1.7l10-4.1z" className="fill-on-accent" />
      <circle cx="32.5" cy="32" r="5.2" className="fill-on-accent opacity-60" />
    </svg>
  );
}
