import { useEffect, useState } from 'react';

/** Null unless the text is a fee that the settings accept. */
export function parseFeeBps(text: string): number | null {
  const trimmed = text.trim().replace(',', '.').replace('−', '-');
  if (!/^-?\d{1,4}(\.\d{1,3})?$/.test(trimmed)) return null;
  const bps = Number(trimmed);
  return bps >= -100 && bps <= 1000 ? bps : null;
}

export interface FeeInputProps {
  readonly label: string;
  readonly bps: number;
  readonly onChange: (bps: number) => void;
}

/** Written when the field is left or Enter is pressed; a text that is no fee stays, marked, and changes nothing. */
export function FeeInput({ label, bps, onChange }: FeeInputProps) {
  const [text, setText] = useState(String(bps));
  useEffect(() => setText(String(bps)), [bps]);
  const parsed = parseFeeBps(text);
  const commit = () => {
    if (parsed !== null && parsed !== bps) onChange(parsed);
  };
  return (
    <span className="fee">
      <input
        className="text-input num"
        inputMode="decimal"
        aria-label={label}
        aria-invalid={parsed === null}
        title={parsed === null ? 'A number from -100 to 1000, negative for a rebate' : label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit();
        }}
      />
      <span className="fee-unit">bp</span>
    </span>
  );
}
