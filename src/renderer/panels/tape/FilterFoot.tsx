import { ListFilter } from 'lucide-react';
import { useRef, useState } from 'react';
import { venues } from '../../../shared/venues.ts';
import { groupDigits } from '../../format/digits.ts';
import { Popover } from '../../widgets/Popover.tsx';
import { VenueTag } from '../../widgets/VenueTag.tsx';
import type { TapeOptions } from './tapeFilter.ts';
import { filterWords, parseSizeField } from './tapeFilter.ts';

export interface FilterFootProps {
  readonly options: TapeOptions;
  readonly unit: string;
  /** Size from which rows are large at present; null while nothing is known. */
  readonly large: number | null;
  readonly onChange: (changes: Partial<TapeOptions>) => void;
}

interface SizeFieldProps {
  readonly label: string;
  readonly value: string;
  readonly placeholder: string;
  readonly unit: string;
  readonly onChange: (value: string) => void;
}

function SizeField({ label, value, placeholder, unit, onChange }: SizeFieldProps) {
  const [draft, setDraft] = useState(value);
  const parsed = parseSizeField(draft);
  return (
    <label className="tape-field">
      <span>{label}</span>
      <span className="tape-input" data-invalid={parsed === null}>
        <input
          className="num"
          value={draft}
          inputMode="decimal"
          placeholder={placeholder}
          aria-invalid={parsed === null}
          onChange={(event) => {
            setDraft(event.target.value);
            const next = parseSizeField(event.target.value);
            if (next !== null) onChange(next);
          }}
        />
        <span className="tape-unit">{unit}</span>
      </span>
    </label>
  );
}

function FilterForm({ options, unit, large, onChange }: FilterFootProps) {
  return (
    <div className="tape-filter">
      <SizeField
        label="Show from"
        value={options.leastSize}
        placeholder="all sizes"
        unit={unit}
        onChange={(leastSize) => onChange({ leastSize })}
      />
      <SizeField
        label="Large from"
        value={options.largeSize}
        placeholder={large === null ? 'by the market' : String(large)}
        unit={unit}
        onChange={(largeSize) => onChange({ largeSize })}
      />
      <fieldset>
        <legend>Venues</legend>
        {venues.map(({ id, name }) => (
          <label key={id} className="tape-check">
            <input
              type="checkbox"
              checked={!options.hidden.includes(id)}
              onChange={(event) => {
                const others = options.hidden.filter((venue) => venue !== id);
                onChange({ hidden: event.target.checked ? others : [...others, id] });
              }}
            />
            <VenueTag venue={id} /> {name}
          </label>
        ))}
      </fieldset>
    </div>
  );
}

/** What the tape shows and what it calls large. */
export function FilterFoot(props: FilterFootProps) {
  const { options, unit, large } = props;
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  const filtered = options.leastSize !== '' || options.hidden.length > 0;
  return (
    <div className="tape-foot">
      <button
        ref={anchor}
        type="button"
        className="tape-filter-button"
        data-filtered={filtered}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <ListFilter size="1.2rem" strokeWidth={2} aria-hidden="true" />
        <span>{filterWords(options, unit)}</span>
      </button>
      <span className="num tape-large">
        {large === null ? '' : `large ≥ ${groupDigits(String(large))}`}
      </span>
      {open ? (
        <Popover anchor={anchor} label="Filter of the tape" onClose={() => setOpen(false)}>
          <FilterForm {...props} />
        </Popover>
      ) : null}
    </div>
  );
}
