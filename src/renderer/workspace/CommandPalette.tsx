import { Command } from 'cmdk';
import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { MarketCandidate } from '../../shared/bridge.ts';
import type { MarketId } from '../../shared/market.ts';
import { parseMarketId } from '../../shared/market.ts';
import { isVenueId, venueRecord } from '../../shared/venues.ts';
import { changeDirection, formatPrice, formatSignedPercent } from '../format/price.ts';
import { useMarketStore, usePrice, useSettings } from '../store/hooks.ts';
import { CoverageMark } from '../widgets/CoverageMark.tsx';
import { PriceText } from '../widgets/PriceText.tsx';
import { SegmentedControl } from '../widgets/SegmentedControl.tsx';
import { priceLook } from '../widgets/validity.ts';
import { useWorkspace } from './dock.ts';
import { Matched } from './Matched.tsx';
import type { PaletteCommand } from './paletteCommands.ts';
import { usePaletteCommands } from './paletteCommands.ts';
import type { PanelRecord } from './panel.ts';
import { panelRegistry } from './panelRegistry.ts';
import { useCoverage, useSession } from './session.ts';
import './palette.css';

type Scope = 'all' | 'markets' | 'commands';

const scopes = [
  { value: 'all', label: 'All' },
  { value: 'markets', label: 'Markets' },
  { value: 'commands', label: 'Commands' },
] as const;

/**
 * Candidates of the engine for the text, and a sentence when it cannot answer. Until it has, those of the text before
 * that still fit: Enter never chooses a market that was found for other words.
 */
function useMarketSearch(text: string): {
  readonly found: readonly MarketCandidate[];
  readonly problem: string | null;
} {
  const store = useMarketStore();
  const [found, setFound] = useState<readonly MarketCandidate[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const [answered, setAnswered] = useState('');
  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => {
      void store.command({ type: 'searchMarkets', text: text.slice(0, 64) }).then((answer) => {
        if (!current) return;
        setFound(answer.ok ? answer.value.slice(0, 8) : []);
        setProblem(answer.ok ? null : answer.message);
        setAnswered(text);
      });
    }, 60);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [store, text]);
  const fitting = answered === text ? found : found.filter(({ market }) => matches(market, text));
  return { found: fitting, problem };
}

/** Price of a market that the window follows anyway: looking at a search result subscribes nothing new. */
function FollowedPrice({ market }: { readonly market: string }) {
  const price = usePrice(market);
  const { linked } = useSession();
  const look = priceLook(price, linked);
  const change = look === 'none' || look === 'disconnected' ? null : (price?.change24hPct ?? null);
  return (
    <>
      <PriceText
        text={formatPrice(price?.price ?? null, price?.priceDecimals ?? 2)}
        look={look}
        showAge={false}
      />
      <span
        className="palette-change num"
        data-direction={look === 'live' ? changeDirection(change) : 'none'}
      >
        {formatSignedPercent(change)}
      </span>
    </>
  );
}

function FollowedCoverage({ market }: { readonly market: string }) {
  return <CoverageMark cells={useCoverage(market)} size="list" />;
}

function MarketRow({
  candidate,
  text,
}: {
  readonly candidate: MarketCandidate;
  readonly text: string;
}) {
  const followed = useSettings().watchlist.includes(candidate.market);
  const kind = parseMarketId(candidate.market)?.marketKind ?? 'spot';
  const names = candidate.venues.map((id) => (isVenueId(id) ? venueRecord(id).name : id));
  return (
    <>
      <span className="palette-icon">
        {followed ? <FollowedCoverage market={candidate.market} /> : null}
      </span>
      <Matched text={candidate.market} part={text} />
      <span className="palette-note">
        {kind}, {names.join(' ')}
      </span>
      <span className="palette-right">
        {followed ? <FollowedPrice market={candidate.market} /> : null}
      </span>
    </>
  );
}

function matches(label: string, text: string): boolean {
  return label.toLowerCase().includes(text.trim().toLowerCase());
}

interface Listed {
  readonly scope: Scope;
  readonly best: MarketId | null;
  readonly text: string;
  /** The first command that is listed and can be done. */
  readonly command: string | null;
}

/** The row on top of the list, by the value that it is chosen with. */
function firstRow({ scope, best, text, command }: Listed): string {
  if (scope !== 'commands' && best !== null) return `market ${best}`;
  const panel = panelRegistry.find((record) => matches(record.title, text));
  if (scope === 'all' && panel !== undefined) return `panel ${panel.id}`;
  return scope === 'markets' || command === null ? '' : `command ${command}`;
}

export interface CommandPaletteProps {
  readonly initialText: string;
  readonly onClose: () => void;
}

/** Markets, panels and commands by typing. Not modal: prices beside it go on. */
export function CommandPalette({ initialText, onClose }: CommandPaletteProps) {
  const workspace = useWorkspace();
  const [text, setText] = useState(initialText);
  const [scope, setScope] = useState<Scope>('all');
  const { found, problem } = useMarketSearch(text);
  const commands = usePaletteCommands();
  const box = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const best = found[0]?.market ?? null;
  const shownCommands = commands.filter((command) => matches(command.label, text));
  const [chosen, setChosen] = useState('');
  // The best market is chosen as soon as it is known, also where panels were listed before it. Enter always has a row.
  const possible = shownCommands.find((command) => refusalOf(command) === null);
  const first = firstRow({ scope, best, text, command: possible?.label ?? null });
  useEffect(() => setChosen(first), [first, text]);

  useEffect(() => {
    const returnTo = document.activeElement;
    input.current?.focus();
    const onPress = (event: PointerEvent) => {
      if (event.target instanceof Node && box.current?.contains(event.target) === false) onClose();
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      onClose();
    };
    document.addEventListener('pointerdown', onPress, true);
    document.addEventListener('keydown', onKey, true);
    return () => {
      document.removeEventListener('pointerdown', onPress, true);
      document.removeEventListener('keydown', onKey, true);
      if (returnTo instanceof HTMLElement && returnTo.isConnected) returnTo.focus();
    };
  }, [onClose]);

  const run = (act: () => void) => () => {
    onClose();
    act();
  };

  return (
    <div ref={box} className="palette" role="dialog" aria-label="Search">
      <Command
        label="Search markets, panels, commands"
        shouldFilter={false}
        loop
        value={chosen}
        onValueChange={setChosen}
      >
        <div className="palette-head">
          <Search size="1.6rem" strokeWidth={1.75} aria-hidden="true" />
          <Command.Input
            ref={input}
            value={text}
            onValueChange={setText}
            placeholder="Search markets, panels, commands"
          />
          <SegmentedControl label="Search in" choices={scopes} value={scope} onChoose={setScope} />
        </div>
        <Command.List className="palette-list">
          <Command.Empty className="palette-empty">
            {problem ?? `Nothing is called ${text}`}
          </Command.Empty>
          {scope === 'commands' || found.length === 0 ? null : (
            <Command.Group heading="Markets">
              {found.map((candidate) => (
                <Command.Item
                  key={candidate.market}
                  value={`market ${candidate.market}`}
                  onSelect={run(() => void workspace.chooseMarket(candidate.market))}
                >
                  <MarketRow candidate={candidate} text={text} />
                </Command.Item>
              ))}
            </Command.Group>
          )}
          {scope !== 'all' ? null : <PanelRows text={text} best={best} run={run} />}
          {scope === 'markets' || shownCommands.length === 0 ? null : (
            <CommandRows commands={shownCommands} text={text} run={run} />
          )}
        </Command.List>
        <p className="palette-foot">
          <kbd>↑</kbd> <kbd>↓</kbd> choose <kbd>↵</kbd> set group 1 <kbd>Esc</kbd> close
        </p>
      </Command>
    </div>
  );
}

interface PanelChoice {
  readonly record: PanelRecord;
  /** Null: the panel as it is, or a new one of the group's market. */
  readonly market: MarketId | null;
}

interface PanelRowsProps {
  readonly text: string;
  /** The first market that was found; panels of one market are offered for it. */
  readonly best: MarketId | null;
  readonly run: (act: () => void) => () => void;
}

function PanelRows({ text, best, run }: PanelRowsProps) {
  const workspace = useWorkspace();
  const rows = panelRegistry.flatMap((record): PanelChoice[] => {
    if (matches(record.title, text)) return [{ record, market: null }];
    return record.namesMarket && best !== null ? [{ record, market: best }] : [];
  });
  if (rows.length === 0) return null;
  return (
    <Command.Group heading="Panels">
      {rows.map(({ record, market }) => (
        <Command.Item
          key={record.id}
          value={`panel ${record.id}`}
          onSelect={run(() =>
            workspace.openPanel(record.id, market === null ? {} : { group: null, market }),
          )}
        >
          <span className="palette-icon" />
          {market === null ? (
            <Matched text={record.title} part={text} />
          ) : (
            <span>
              {record.title} of <Matched text={market} part={text} />
            </span>
          )}
        </Command.Item>
      ))}
    </Command.Group>
  );
}

interface CommandRowsProps {
  readonly commands: readonly PaletteCommand[];
  readonly text: string;
  readonly run: (act: () => void) => () => void;
}

function refusalOf({ refusal }: PaletteCommand): string | null {
  return refusal ?? null;
}

function CommandRows({ commands, text, run }: CommandRowsProps) {
  return (
    <Command.Group heading="Commands">
      {commands.map((command) => (
        <Command.Item
          key={command.label}
          value={`command ${command.label}`}
          disabled={refusalOf(command) !== null}
          onSelect={run(command.act)}
        >
          <span className="palette-icon" />
          <Matched text={command.label} part={text} />
          <span className="palette-note">{refusalOf(command) ?? command.place}</span>
        </Command.Item>
      ))}
    </Command.Group>
  );
}
