import { ChevronDown } from 'lucide-react';
import { useRef, useState } from 'react';
import { Menu } from '../../widgets/Menu.tsx';
import type { HealthOptions } from './healthOptions.ts';

export interface ScopeMenuProps {
  readonly market: string;
  readonly options: HealthOptions;
  readonly onChange: (options: HealthOptions) => void;
}

/** Which streams are listed: of one market or of all, the main ones or every one. */
export function ScopeMenu({ market, options, onChange }: ScopeMenuProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        ref={button}
        type="button"
        className="health-scope"
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {options.allMarkets ? 'All markets' : market}
        <ChevronDown size="1.2rem" strokeWidth={2} aria-hidden="true" />
      </button>
      {open ? (
        <Menu
          anchor={button}
          label="Streams"
          onClose={() => setOpen(false)}
          entries={[
            {
              type: 'action',
              label: `Streams of ${market}`,
              checked: !options.allMarkets,
              onChoose: () => onChange({ ...options, allMarkets: false }),
            },
            {
              type: 'action',
              label: 'All markets together',
              checked: options.allMarkets,
              onChoose: () => onChange({ ...options, allMarkets: true }),
            },
            { type: 'separator' },
            {
              type: 'action',
              label: 'Trades, book and candles',
              checked: !options.allChannels,
              onChoose: () => onChange({ ...options, allChannels: false }),
            },
            {
              type: 'action',
              label: 'Quotes and tickers too',
              checked: options.allChannels,
              onChoose: () => onChange({ ...options, allChannels: true }),
            },
          ]}
        />
      ) : null}
    </>
  );
}
