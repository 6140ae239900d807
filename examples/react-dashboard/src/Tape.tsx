import type { ShownValidity, TradeRow } from 'truetape/client';
import { useGaps, useSymbolData } from 'truetape/client';
import { decimalsOf, formatPrice, formatSize, formatTime } from './format.ts';
import { markOf, StatusMark } from './StatusMark.tsx';

type Row =
  | {
      readonly type: 'trade';
      readonly key: string;
      readonly time: number;
      readonly trade: TradeRow;
    }
  | { readonly type: 'gap'; readonly key: string; readonly time: number; readonly text: string };

const rowsLimit = 25;

function count(missing: number | null): string {
  if (missing === null) return 'an unknown number of trades is missing';
  return missing === 1 ? '1 trade is missing' : `${missing} trades are missing`;
}

/** Losses stand where they happened: those of a venue, and those on the way to this page. */
function rowsOf(
  trades: readonly TradeRow[],
  lost: ShownValidity['gaps'],
  gaps: ReturnType<typeof useGaps>,
): readonly Row[] {
  const rows: Row[] = trades.toReversed().map((trade) => ({
    ...{ type: 'trade', key: `${trade.venue} ${trade.id}`, time: trade.receivedTime, trade },
  }));
  for (const { timestamp, missing } of lost) {
    const text = `On the way here ${count(missing)}`;
    rows.push({ type: 'gap', key: `lost ${timestamp}`, time: timestamp, text });
  }
  for (const { gap } of gaps) {
    if (gap.stream !== 'trade') continue;
    const { id, venue, from, to, missing, repairedBy, cause } = gap;
    const end = to === null ? 'until now' : `to ${formatTime(to)}`;
    const text =
      repairedBy === null
        ? `${venue}: ${count(missing)} ${end} (${cause})`
        : `${venue}: what was missing ${end} (${cause}) has been filled in`;
    rows.push({ type: 'gap', key: `gap ${id}`, time: to ?? from, text });
  }
  return rows.toSorted((left, right) => right.time - left.time).slice(0, rowsLimit);
}

export function Tape({ symbol }: { readonly symbol: string }) {
  const { trades, validity, error } = useSymbolData(symbol, { kinds: ['trades'] });
  const gaps = useGaps(symbol);
  const rows = rowsOf(trades, validity.trades.gaps, gaps);
  const decimals = decimalsOf(trades.map(({ price }) => price));
  return (
    <section className={`panel tape ${markOf(validity.trades)}`} aria-label={`Trades of ${symbol}`}>
      <h2>
        Trades <span className="label">{symbol}</span> <StatusMark validity={validity.trades} />
      </h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Time (UTC)</th>
            <th scope="col">Venue</th>
            <th scope="col">Price</th>
            <th scope="col">Size</th>
            <th scope="col">Side</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) =>
            row.type === 'gap' ? (
              <tr key={row.key} className="gap">
                <td>{formatTime(row.time)}</td>
                <td colSpan={4}>{row.text}</td>
              </tr>
            ) : (
              <tr key={row.key} className={row.trade.late ? 'late' : ''}>
                <td>{formatTime(row.trade.timestamp)}</td>
                <td>{row.trade.venue}</td>
                <td className={row.trade.side === 'buy' ? 'up' : 'down'}>
                  {formatPrice(row.trade.price, decimals)}
                </td>
                <td>{formatSize(row.trade.size)}</td>
                <td>{row.trade.late ? `${row.trade.side}, late` : row.trade.side}</td>
              </tr>
            ),
          )}
        </tbody>
      </table>
      <p className="reason">{error ?? validity.trades.note}</p>
    </section>
  );
}
