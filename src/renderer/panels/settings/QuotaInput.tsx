import { UnitInput } from './UnitInput.tsx';

/** Null unless the text is a quota that the settings accept. */
export function parseQuotaGb(text: string): number | null {
  const trimmed = text.trim().replace(',', '.');
  if (!/^\d{1,5}(\.\d{1,2})?$/.test(trimmed)) return null;
  const gigabytes = Number(trimmed);
  return gigabytes >= 0.1 && gigabytes <= 10_000 ? gigabytes : null;
}

interface QuotaInputProps {
  readonly label: string;
  readonly gigabytes: number;
  readonly onChange: (gigabytes: number) => void;
}

export function QuotaInput({ label, gigabytes, onChange }: QuotaInputProps) {
  const hint = 'A number from 0.1 to 10000';
  return (
    <UnitInput {...{ label, hint, onChange }} value={gigabytes} unit="GiB" parse={parseQuotaGb} />
  );
}
