/** Warp and weft, with the threads of the grease pencil. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={className}>
      <rect width="32" height="32" rx="6" className="fill-ink" />
      <path d="M7 9h18M7 16h18M7 23h18" className="stroke-app" strokeWidth="2.4" strokeLinecap="round" />
      <path d="M11.5 6v6.500M20.5 6v6.500M16 13v6M11.5 19.500V26M20.5 19.500V26" className="stroke-ink" strokeWidth="5" />
      <path d="M11.5 6.500v6M20.5 6.500v6M16 13v6M11.5 19.500v6M20.5 19.500v6" stroke="#ff8a5c" strokeWidth="2.4" strokeLinecap="round" />
    </svg>
  );
}
