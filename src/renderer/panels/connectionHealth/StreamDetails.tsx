import type { EpochMs } from '../../../shared/market.ts';
import { parseInstrumentId } from '../../../shared/market.ts';
import { noValue } from '../../format/digits.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatCount, formatRate, formatRatio } from '../../format/quantity.ts';
import { formatTime } from '../../format/time.ts';
import type { Fact } from '../../widgets/Facts.tsx';
import { Facts } from '../../widgets/Facts.tsx';
import type { PanelProps } from '../../workspace/panel.ts';
import { whyOfLate, whyOfStream } from '../../workspace/why.ts';
import type { StreamRow } from './healthRows.ts';
import { ageOf, channelNames, gapsBase, gapsPerMillion } from './healthRows.ts';
import { lagWords, nextStepWords } from './healthWords.ts';
import { WhyText } from './WhyText.tsx';

function lag(lagMs: number | null): readonly [string, string | undefined] {
  const { text, title } = lagWords(lagMs);
  return [lagMs === null || title !== undefined ? text : `${text} ms`, title];
}

/** Every field of a stream; of several as one, the sums, and the state of the worst. */
export function streamFacts({ health, channel, count }: StreamRow, now: EpochMs): readonly Fact[] {
  const market = parseInstrumentId(health.instrument)?.market ?? health.instrument;
  const [p50, p50Title] = lag(health.lagP50Ms);
  const [p99, p99Title] = lag(health.lagP99Ms);
  const age = formatDuration(ageOf(health.lastReceivedTime, now));
  return [
    ['Stream', `${channelNames[channel]} of ${count > 1 ? `${count} markets` : market}`],
    [count > 1 ? 'Topic of the worst' : 'Topic', health.topic],
    ['Connection', health.connection],
    ['Status', `${health.status}, ${formatDuration(now - health.since)}`],
    ['Since', formatTime(health.since)],
    ['Last data / limit', `${age} / ${formatDuration(health.silenceLimitMs)}`],
    ['Messages/s', formatRate(health.messagesPerSec)],
    ['Messages', formatCount(health.messages)],
    ['Lag p50', p50, p50Title ?? ''],
    ['Lag p99', p99, p99Title ?? ''],
    ['Gaps', gapsBase(health)],
    ['Gaps per million', formatRatio(gapsPerMillion(health))],
    ['Resyncs', formatCount(health.resyncs)],
    ['Crossed books', formatCount(health.crossed)],
    ['Other than best price', formatCount(health.mismatches)],
    ['Odd venue times', formatCount(health.oddTimes)],
    ['Decode errors', formatCount(health.decodeErrors)],
    ['Next step', health.next === null ? noValue : nextStepWords(health.next, now)],
    ['Note', health.note ?? noValue],
  ];
}

interface DetailsProps {
  readonly stream: StreamRow;
  readonly late: boolean;
  readonly now: EpochMs;
  readonly linked: boolean;
  readonly openHelp: PanelProps['openHelp'];
}

export function StreamDetails({ stream, late, now, linked, openHelp }: DetailsProps) {
  return (
    <>
      {linked ? null : <p>As last heard; the page has no connection to the engine.</p>}
      <WhyText why={late ? whyOfLate : whyOfStream(stream.health)} openHelp={openHelp} />
      <Facts facts={streamFacts(stream, now)} />
    </>
  );
}
