import { UnitInput } from './UnitInput.tsx';

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

export function FeeInput({ label, bps, onChange }: FeeInputProps) {
  const hint = 'A number from -100 to 1000, negative for a rebate';
  return <UnitInput {...{ label, hint, onChange }} value={bps} unit="bp" parse={parseFeeBps} />;
}
