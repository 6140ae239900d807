import { useEffect, useState } from 'react';

interface UnitInputProps {
  readonly label: string;
  readonly value: number;
  readonly unit: string;
  /** Null unless the text is a number that the settings accept. */
  readonly parse: (text: string) => number | null;
  /** What they accept. */
  readonly hint: string;
  readonly onChange: (value: number) => void;
}

/** Written when the field is left or Enter is pressed; a text that is no such number stays, marked, and changes nothing. */
export function UnitInput({ label, value, unit, parse, hint, onChange }: UnitInputProps) {
  const [text, setText] = useState(String(value));
  useEffect(() => setText(String(value)), [value]);
  const parsed = parse(text);
  const commit = () => {
    if (parsed !== null && parsed !== value) onChange(parsed);
  };
  return (
    <span className="unit-input">
      <input
        className="text-input num"
        inputMode="decimal"
        aria-label={label}
        aria-invalid={parsed === null}
        title={parsed === null ? hint : label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit();
        }}
      />
      <span className="unit">{unit}</span>
    </span>
  );
}
