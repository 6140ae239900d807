import { useEffect, useRef, useState } from 'react';
import { venueRecord } from '../../shared/venues.ts';
import { sourceKind } from '../widgets/SourceBadge.tsx';
import type { CoverageCell } from '../widgets/validity.ts';
import { countCoverage } from '../widgets/validity.ts';
import { motionWords } from './replay/replayWords.ts';
import type { Session } from './session.ts';
import { useSession } from './session.ts';
import { useVenueCells } from './venueStates.ts';

const quietMs = 5000;

function sourceSentence({ source, status }: Session): string {
  const kind = source === null ? 'live' : sourceKind(source);
  if (kind === 'live') return '';
  if (kind === 'simulated') return 'Simulated market. ';
  const replay = status?.replay ?? null;
  if (replay === null) return 'Replay of a recording. ';
  const differs = replay.check?.isEqual === false ? ' State differs from the live run.' : '';
  return `Replay of a recording, ${motionWords(replay)}.${differs} `;
}

/** One sentence about the state of everything; never a price. */
export function stateSentence(session: Session, cells: readonly CoverageCell[]): string {
  if (!session.linked) {
    return session.link.status === 'connecting'
      ? 'Connecting to the engine.'
      : 'No connection to the engine. Prices are not current.';
  }
  const { live, listed } = countCoverage(cells);
  const source = sourceSentence(session);
  const were = source.startsWith('Replay') ? 'were live' : 'live';
  const missing = cells
    .filter((cell) => cell.state !== 'live')
    .map((cell) => `${venueRecord(cell.venue).name} ${cell.state}.`);
  return [`${source}${live} of ${listed} venues ${were}.`, ...missing].join(' ');
}

/** A sentence as it may be spoken: once in five seconds at most; what changes back in between is not spoken. */
export function useSpoken(sentence: string): string {
  const [spoken, setSpoken] = useState('');
  const lastTime = useRef(-quietMs);
  useEffect(() => {
    if (sentence === spoken) return undefined;
    const wait = Math.max(0, lastTime.current + quietMs - performance.now());
    const timer = setTimeout(() => {
      lastTime.current = performance.now();
      setSpoken(sentence);
    }, wait);
    return () => clearTimeout(timer);
  }, [sentence, spoken]);
  return spoken;
}

/** Speaks changes of state. */
export function LiveRegion() {
  const session = useSession();
  const spoken = useSpoken(stateSentence(session, useVenueCells()));
  return (
    <p className="visually-hidden" role="status" aria-live="polite">
      {spoken}
    </p>
  );
}
