/** The text with the part that was typed underlined. */
export function Matched({ text, part }: { readonly text: string; readonly part: string }) {
  const typed = part.trim();
  const start = typed === '' ? -1 : text.toLowerCase().indexOf(typed.toLowerCase());
  if (start < 0) return <span className="palette-name">{text}</span>;
  return (
    <span className="palette-name">
      {text.slice(0, start)}
      <mark>{text.slice(start, start + typed.length)}</mark>
      {text.slice(start + typed.length)}
    </span>
  );
}
