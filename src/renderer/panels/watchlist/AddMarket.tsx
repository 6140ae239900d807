import { Plus } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { MarketCandidate } from '../../../shared/bridge.ts';
import type { MarketId } from '../../../shared/market.ts';
import { isVenueId } from '../../../shared/venues.ts';
import { useMarketStore } from '../../store/hooks.ts';
import { IconButton } from '../../widgets/IconButton.tsx';
import { Popover } from '../../widgets/Popover.tsx';
import { VenueTag } from '../../widgets/VenueTag.tsx';
import type { OptionalColumn } from './watchlistOptions.ts';
import { optionalColumns } from './watchlistOptions.ts';

export interface AddMarketProps {
  readonly watchlist: readonly MarketId[];
  readonly onAdd: (market: MarketId) => void;
  readonly columns: readonly OptionalColumn[];
  readonly onColumns: (columns: readonly OptionalColumn[]) => void;
}

const columnWords: Readonly<Record<OptionalColumn, string>> = {
  venues: 'Price of each venue',
  spread: 'Spread between venues',
  volume: 'Turnover of 24 h',
  age: 'Age of the price',
};

function useCandidates(text: string): {
  readonly found: readonly MarketCandidate[];
  readonly problem: string | null;
} {
  const store = useMarketStore();
  const [answer, setAnswer] = useState<{
    readonly found: readonly MarketCandidate[];
    readonly problem: string | null;
  }>({ found: [], problem: null });
  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => {
      void store.command({ type: 'searchMarkets', text: text.slice(0, 64) }).then((result) => {
        if (!current) return;
        setAnswer(
          result.ok
            ? { found: result.value.slice(0, 12), problem: null }
            : { found: [], problem: result.message },
        );
      });
    }, 60);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [store, text]);
  return answer;
}

/** Search field with the engine's candidates. A wrong name is refused with what was meant, never added. */
export function MarketSearch({ watchlist, onAdd }: Pick<AddMarketProps, 'watchlist' | 'onAdd'>) {
  const [text, setText] = useState('');
  const { found, problem } = useCandidates(text);
  const first = found.find((candidate) => !watchlist.includes(candidate.market));
  return (
    <form
      className="market-search"
      onSubmit={(event) => {
        event.preventDefault();
        if (first !== undefined) onAdd(first.market);
      }}
    >
      <input
        className="text-input"
        aria-label="Add a market"
        placeholder="Add a market"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {problem === null ? null : (
        <p className="market-problem" role="alert">
          {problem}
        </p>
      )}
      <ul className="market-candidates">
        {found.map((candidate) => {
          const listed = watchlist.includes(candidate.market);
          return (
            <li key={candidate.market}>
              <button type="button" disabled={listed} onClick={() => onAdd(candidate.market)}>
                <span className="market-name">{candidate.market}</span>
                <span className="market-venues">
                  {listed
                    ? 'in the list'
                    : candidate.venues.map((id) =>
                        isVenueId(id) ? <VenueTag key={id} venue={id} /> : id,
                      )}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </form>
  );
}

/** Stands in the head of the list: more markets, more columns. */
export function AddMarket({ watchlist, onAdd, columns, onColumns }: AddMarketProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <IconButton
        buttonRef={button}
        className="watch-add"
        icon={Plus}
        label="Add a market or a column"
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      />
      {open ? (
        <Popover anchor={button} label="Add a market or a column" onClose={() => setOpen(false)}>
          <div className="watch-popover">
            <MarketSearch watchlist={watchlist} onAdd={onAdd} />
            <fieldset className="watch-columns">
              <legend>Columns</legend>
              {optionalColumns.map((column) => (
                <label key={column}>
                  <input
                    type="checkbox"
                    checked={columns.includes(column)}
                    onChange={(event) =>
                      onColumns(
                        event.target.checked
                          ? optionalColumns.filter(
                              (other) => other === column || columns.includes(other),
                            )
                          : columns.filter((other) => other !== column),
                      )
                    }
                  />
                  {columnWords[column]}
                </label>
              ))}
            </fieldset>
          </div>
        </Popover>
      ) : null}
    </>
  );
}
