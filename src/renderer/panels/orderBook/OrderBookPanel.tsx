import type { KeyboardEvent } from 'react';
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import { parseMarketId } from '../../../shared/market.ts';
import type { TopicRequest } from '../../../shared/bridge.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { identity, useSnapshot } from '../../canvas/snapshot.ts';
import { useCanvasView } from '../../canvas/useCanvasView.ts';
import { plainUnits } from '../../format/price.ts';
import { useMarketStore, useSettings } from '../../store/hooks.ts';
import type { BookRequest, MarketStore } from '../../store/marketStore.ts';
import type { PanelProps } from '../../workspace/panel.ts';
import { BookFoot } from './BookFoot.tsx';
import type { BookOptions } from './bookOptions.ts';
import { parseBookOptions, soloVenue, toggleVenue } from './bookOptions.ts';
import { ExplainButton } from './ExplainButton.tsx';
import type { GroupStep } from './groupSteps.ts';
import { chooseGroupStep, computeGroupSteps } from './groupSteps.ts';
import { LadderTable, levelId } from './LadderTable.tsx';
import type { LadderSelection } from './LadderView.ts';
import { inspectionAttributes, LadderView } from './LadderView.ts';
import { useBookGrid } from './useBookGrid.ts';
import { useVenueChoices } from './useVenueChoices.ts';
import { VenueRow } from './VenueRow.tsx';
import './orderBook.css';

const noSteps: readonly GroupStep[] = [];

function useBookOptions(props: PanelProps) {
  const [options, setOptions] = useState(() => parseBookOptions(props.savedOptions));
  const { saveOptions } = props;
  const change = (changes: Partial<BookOptions>) => {
    const next = { ...options, ...changes };
    setOptions(next);
    saveOptions(next);
  };
  return [options, change] as const;
}

/** Keeps the ladder's topics subscribed and the view told of them. */
function useLadderTopics(store: MarketStore, view: LadderView, request: BookRequest): void {
  useEffect(() => {
    const requests: readonly TopicRequest[] = [
      request,
      { topic: 'price', market: request.market },
      { topic: 'health' },
    ];
    const stops = requests.map((wanted) => store.subscribeTopic(wanted, view.markDirty));
    return () => {
      for (const stop of stops) stop();
    };
  }, [store, view, request]);
}

/** A ladder of another height goes on with the book that it has until the one of that height is here. */
function useLongerBook(
  store: MarketStore,
  request: BookRequest,
  wantedRows: number,
  onArrived: (rows: number) => void,
): void {
  useEffect(() => {
    if (wantedRows === request.rows) return undefined;
    const wanted = { ...request, rows: wantedRows };
    const look = () => {
      // Before anything is shown there is nothing to go on with.
      if (store.book(wanted) !== null || store.book(request) === null) onArrived(wantedRows);
    };
    const stop = store.subscribeTopic(wanted, look);
    look();
    return stop;
  }, [store, request, wantedRows, onArrived]);
}

/** Says on the panel itself what stands on its canvas, in the frame that painted it. */
function usePaintedAttributes(view: LadderView, root: React.RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const write = () => {
      for (const [name, value] of Object.entries(inspectionAttributes(view.frame.get()))) {
        root.current?.setAttribute(name, value);
      }
    };
    write();
    return view.frame.subscribe(write);
  }, [view, root]);
}

function moveSelection(view: LadderView, step: number): LadderSelection {
  const now = view.selection.get();
  if (now === null) return { side: step < 0 ? 'ask' : 'bid', index: 0 };
  // Up on the screen is away from the middle among asks, and towards it among bids.
  const place = (now.side === 'ask' ? -1 - now.index : now.index) + step;
  const next: LadderSelection =
    place < 0 ? { side: 'ask', index: -1 - place } : { side: 'bid', index: place };
  return view.selectedLevel(next) === null ? now : next;
}

/** Alt+1 to Alt+9 wherever the focus is within the panel. */
function useSoloKeys(
  root: React.RefObject<HTMLElement | null>,
  solo: (number: number) => void,
): void {
  const latest = useRef(solo);
  useEffect(() => {
    latest.current = solo;
  });
  useEffect(() => {
    const element = root.current;
    if (element === null) return undefined;
    const onKeyDown = (event: globalThis.KeyboardEvent) => {
      if (!event.altKey || !/^Digit[1-9]$/.test(event.code)) return;
      event.preventDefault();
      latest.current(Number(event.code.slice(5)));
    };
    element.addEventListener('keydown', onKeyDown);
    return () => element.removeEventListener('keydown', onKeyDown);
  }, [root]);
}

export function OrderBookPanel(props: PanelProps) {
  const { market } = props;
  const store = useMarketStore();
  const settings = useSettings();
  const [options, changeOptions] = useBookOptions(props);
  const grid = useBookGrid(store, market, options.venue);
  const steps = useMemo(
    () =>
      grid === null
        ? noSteps
        : computeGroupSteps(grid.tickUnits, grid.priceDecimals, grid.priceUnits),
    [grid],
  );
  const chosen = options.groupByMarket[market] ?? null;
  const usual = grid === null ? null : (chooseGroupStep(steps, grid.priceUnits)?.text ?? null);
  const group = chosen ?? usual;

  const [rows, setRows] = useState(20);
  const muted = options.muted;
  const request = useMemo<BookRequest>(
    () => ({
      topic: 'book',
      market,
      venue: options.venue,
      group: group ?? '0',
      rows,
      muted: options.venue === null ? muted : [],
    }),
    [market, options.venue, group, rows, muted],
  );
  const unit = parseMarketId(market)?.base ?? '';
  const ladderOptions = useMemo(
    () => ({ request, takerFeeBps: settings.takerFeeBps, unit, settling: group === null }),
    [request, settings.takerFeeBps, unit, group],
  );
  const [view] = useState(() => new LadderView(store, ladderOptions));
  useEffect(() => view.configure(ladderOptions), [view, ladderOptions]);
  useLadderTopics(store, view, request);

  const root = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  useCanvasView(canvas, store, view);
  usePaintedAttributes(view, root);
  const rowsPerSide = useSnapshot(view.rows, identity);
  // In tens, so that dragging a splitter does not ask for another view at every pixel.
  const wantedRows = Math.min(200, Math.max(20, Math.ceil(rowsPerSide / 10) * 10));
  useLongerBook(store, request, wantedRows, setRows);
  const choices = useVenueChoices(store, request, muted);
  const ladderId = useId();
  const selection = useSnapshot(view.selection, identity);
  const activeRow = selection === null ? null : levelId(ladderId, selection.side, selection.index);

  const pressVenue = (venue: VenueId) => {
    const listed = choices.map((choice) => choice.venue);
    if (options.venue === null) changeOptions({ muted: toggleVenue(listed, muted, venue) });
    else changeOptions({ venue });
  };
  const solo = (number: number) => {
    const venue = choices[number - 1]?.venue;
    if (venue === undefined) return;
    const listed = choices.map((choice) => choice.venue);
    changeOptions({ venue: null, muted: soloVenue(listed, muted, venue) });
  };
  useSoloKeys(root, solo);
  const onLadderKey = (event: KeyboardEvent) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step !== undefined && !event.altKey) {
      event.preventDefault();
      view.selection.set(moveSelection(view, step));
      view.invalidate();
    }
    if (event.key === 'c' && (event.ctrlKey || event.metaKey)) {
      const level = view.selectedLevel(view.selection.get());
      const { state, view: book } = view.frame.get();
      const decimals = book?.priceDecimals;
      // A number in the clipboard carries no mark: levels that are held are not given away as prices.
      if (level !== null && decimals !== undefined && state.type === 'live') {
        void navigator.clipboard.writeText(plainUnits(level.priceUnits, decimals));
      }
    }
  };
  return (
    <div ref={root} className="order-book" data-panel="orderBook">
      <VenueRow
        choices={choices}
        venue={options.venue}
        steps={steps}
        group={group}
        onVenuePress={pressVenue}
        onVenueChoice={(venue) => changeOptions({ venue })}
        onGroupChoice={(text) =>
          changeOptions({ groupByMarket: { ...options.groupByMarket, [market]: text } })
        }
      />
      <div className="book-ladder">
        <div
          className="book-grid inset-focus"
          tabIndex={0}
          role="grid"
          aria-label={`Ladder of ${market}: arrow keys choose a level, Control C copies its price`}
          {...(activeRow === null ? {} : { 'aria-activedescendant': activeRow })}
          onKeyDown={onLadderKey}
          onBlur={() => {
            view.selection.set(null);
            view.invalidate();
          }}
        >
          <canvas ref={canvas} className="book-canvas" aria-hidden="true" />
          <LadderTable view={view} id={ladderId} />
        </div>
        <ExplainButton view={view} market={market} venue={options.venue} store={store} />
      </div>
      <BookFoot
        view={view}
        unit={unit}
        fillSize={options.fillSize}
        tickUnits={grid?.tickUnits ?? null}
        onFillSize={(fillSize) => changeOptions({ fillSize })}
      />
    </div>
  );
}
