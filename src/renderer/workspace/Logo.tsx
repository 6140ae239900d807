/** A T cut from punched tape. */
export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 18 18" aria-hidden="true">
      <path d="M1 2.5h16v6h-5V17H6V8.5H1z" fill="var(--accent)" />
      <path
        d="M3 4.5h2v2H3zM8 4.5h2v2H8zM13 4.5h2v2h-2zM8 8.6h2v2H8zM8 12.7h2v2H8z"
        fill="var(--app)"
      />
    </svg>
  );
}
