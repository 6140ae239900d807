import { flatBar } from './bar.ts';
import type { Bar } from './bar.ts';
import { Random } from './random.ts';
import type { Trade } from './tradeTape.ts';

const secondMs = 1000;

/**
 * The second bars of a minute of which only the minute is known: they merge into exactly that
 * minute. Deterministic by `seed`; `seconds` is below 60 where the live tape begins inside it.
 */
export function splitMinute(
  minute: Bar,
  seconds: number,
  previousClose: number,
  seed: string,
): Bar[] {
  const random = new Random(`${seed}:${minute.openTime}`);
  const counts = spreadTrades(minute.trades, seconds, random);
  const active = counts.flatMap((count, second) => (count > 0 ? [second] : []));
  const values = walk(minute, active.length, random);
  const weights = counts.map((count) => (count === 0 ? 0 : count * (0.3 + random.exponential())));
  const volumes = spreadWhole(minute.volume, weights, counts);
  const bars: Bar[] = [];
  let close = active[0] === 0 ? minute.open : previousClose;
  let step = 0;
  for (let second = 0; second < seconds; second += 1) {
    const bar = flatBar(minute.openTime + second * secondMs, close);
    const count = counts[second] ?? 0;
    if (count > 0) {
      const value = values[step] ?? minute.close;
      bar.open = count === 1 || step === 0 ? value : close;
      if (step === 0) bar.open = minute.open;
      bar.close = value;
      bar.high = Math.max(bar.open, value);
      bar.low = Math.min(bar.open, value);
      bar.trades = count;
      bar.volume = volumes[second] ?? 0;
      close = value;
      step += 1;
    }
    bars.push(bar);
  }
  spreadQuote(minute, bars);
  return bars;
}

/** Trades of a second bar made by `splitMinute`, without ids: prices go from its open to its close. */
export function splitSecond(
  bar: Bar,
  firstId: number,
  random: Random,
): Omit<Trade, 'orderId' | 'venueSequence'>[] {
  const weights = Array.from({ length: bar.trades }, () => 0.1 + random.exponential());
  const sizes = spreadWhole(bar.volume, weights, new Array<number>(bar.trades).fill(1));
  const span = bar.trades > 1 ? (bar.close - bar.open) / (bar.trades - 1) : 0;
  let previous = bar.open;
  return sizes.map((size, index) => {
    const last = index === bar.trades - 1;
    const price = last ? bar.close : Math.round(bar.open + span * index);
    const takerBuys = price === previous ? random.chance(0.5) : price > previous;
    previous = price;
    const time = bar.openTime + Math.floor(((index + 0.5) / bar.trades) * secondMs);
    return { id: firstId + index, time, price, size, takerBuys };
  });
}

function spreadTrades(total: number, seconds: number, random: Random): number[] {
  const counts = new Array<number>(seconds).fill(0);
  if (total <= 0) return counts;
  for (let trade = 0; trade < total; trade += 1) {
    const second = random.integer(seconds);
    counts[second] = (counts[second] ?? 0) + 1;
  }
  return spreadOut(counts, Math.min(total, seconds, 4));
}

/** Makes at least `wanted` seconds active, taking trades from the busiest. */
function spreadOut(counts: number[], wanted: number): number[] {
  let activeCount = counts.filter((count) => count > 0).length;
  for (let second = 0; activeCount < wanted && second < counts.length; second += 1) {
    if (counts[second] !== 0) continue;
    const busiest = counts.indexOf(Math.max(...counts));
    counts[busiest] = (counts[busiest] ?? 0) - 1;
    counts[second] = 1;
    activeCount += 1;
  }
  return counts;
}

/** Closing prices of the active seconds: from open to close, touching high and low once. */
function walk(minute: Bar, steps: number, random: Random): number[] {
  const values: number[] = [];
  let price = minute.open;
  for (let step = 0; step < steps; step += 1) {
    const pull = (minute.close - price) / (steps - step);
    const noise = ((minute.high - minute.low) / 5) * random.gaussian();
    price = Math.round(Math.min(minute.high, Math.max(minute.low, price + pull + noise)));
    values.push(price);
  }
  if (steps === 0) return values;
  // The first second opens the bar and the last one closes it.
  values[0] = steps === 1 ? minute.close : minute.open;
  values[steps - 1] = minute.close;
  const inner = Array.from({ length: Math.max(0, steps - 2) }, (_unused, index) => index + 1);
  const highFirst = random.chance(0.5);
  const first = inner[random.integer(Math.max(1, Math.floor(inner.length / 2)))];
  const half = Math.floor(inner.length / 2);
  const second = inner[half + random.integer(Math.max(1, inner.length - half))];
  if (first !== undefined) values[first] = highFirst ? minute.high : minute.low;
  if (second !== undefined && second !== first)
    values[second] = highFirst ? minute.low : minute.high;
  return values;
}

/** Whole parts in proportion to `weights`, each at least its `minimum`, summing to `total`. */
function spreadWhole(
  total: number,
  weights: readonly number[],
  minimums: readonly number[],
): number[] {
  const weightSum = weights.reduce((sum, weight) => sum + weight, 0);
  const reserved = minimums.reduce((sum, minimum) => sum + minimum, 0);
  const free = Math.max(0, total - reserved);
  const parts = weights.map((weight, index) => {
    const share = weightSum === 0 ? 0 : Math.floor((free * weight) / weightSum);
    return share + (minimums[index] ?? 0);
  });
  const rest = total - parts.reduce((sum, part) => sum + part, 0);
  const last = weights.findLastIndex((weight) => weight > 0);
  if (last >= 0) parts[last] = (parts[last] ?? 0) + rest;
  return parts;
}

function spreadQuote(minute: Bar, bars: readonly Bar[]): void {
  if (minute.volume === 0) return;
  let quoteLeft = minute.quote;
  let takerLeft = minute.takerVolume;
  let takerQuoteLeft = minute.takerQuote;
  const active = bars.filter((bar) => bar.volume > 0);
  for (const [index, bar] of active.entries()) {
    const last = index === active.length - 1;
    const volume = BigInt(bar.volume);
    const total = BigInt(minute.volume);
    bar.quote = last ? quoteLeft : (minute.quote * volume) / total;
    const share = Math.floor((minute.takerVolume / minute.volume) * bar.volume);
    bar.takerVolume = last ? takerLeft : Math.min(takerLeft, share);
    bar.takerQuote = last ? takerQuoteLeft : (minute.takerQuote * volume) / total;
    quoteLeft -= bar.quote;
    takerLeft -= bar.takerVolume;
    takerQuoteLeft -= bar.takerQuote;
  }
}
