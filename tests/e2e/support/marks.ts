import type { JSHandle, Page } from '@playwright/test';
import { expect } from '@playwright/test';

/** One place of the page where a fault has to show, and how it is read: an attribute, or the text. */
export interface Sign {
  readonly name: string;
  readonly selector: string;
  readonly read: 'text' | `data-${string}` | 'aria-label';
  /** What stands before the read value, so that rows of a list can be told apart. */
  readonly key?: `data-${string}` | 'text';
}

export interface MarkChange {
  /** Milliseconds on the page's clock. */
  readonly time: number;
  readonly name: string;
  readonly value: string;
}

export type Patterns = Readonly<Record<string, RegExp>>;
export type Times = ReadonlyMap<string, number>;

type WirePatterns = readonly (readonly [string, RegExp])[];

interface Looked {
  readonly times: readonly (readonly [string, number])[];
  /** Signs that did not match, with what they showed last. */
  readonly missing: readonly string[];
}

interface Recorder {
  now(): number;
  followed(moment: number): number;
  seen(since: number, patterns: WirePatterns): Looked;
  settled(since: number, patterns: WirePatterns): Looked;
  values(from: number, to: number, names: readonly string[]): readonly MarkChange[];
  stop(): void;
}

/**
 * Writes down what every sign shows whenever it changes, from within the page: brief marks are seen too. All signs are
 * read in one go, so that equal times are one picture; patterns are compared in the page, where the values are.
 */
export class MarkLog {
  private readonly recorder: JSHandle<Recorder>;

  private constructor(recorder: JSHandle<Recorder>) {
    this.recorder = recorder;
  }

  static async start(page: Page, signs: readonly Sign[]): Promise<MarkLog> {
    return new MarkLog(await page.evaluateHandle(recordSigns, signs));
  }

  now(): Promise<number> {
    return this.recorder.evaluate((recorder) => recorder.now());
  }

  /**
   * When every panel has had its turn after a moment: a quarter of a second, or three pictures of a page that paints more
   * slowly than that.
   */
  followed(moment: number): Promise<number> {
    return this.recorder.evaluate((recorder, since) => recorder.followed(since), moment);
  }

  async stop(): Promise<void> {
    await this.recorder.evaluate((recorder) => recorder.stop());
  }

  /** What the signs showed from one moment to another: the value in force at its start, then every change. */
  values(from: number, to: number, names: readonly string[]): Promise<readonly MarkChange[]> {
    return this.recorder.evaluate(
      (recorder, [start, end, wanted]) => recorder.values(start, end, wanted),
      [from, to, names] as const,
    );
  }

  /**
   * Waits until each named sign has shown what it should at least once since then; answers with the moment of each, and
   * names those that never did.
   */
  async seen(since: number, wanted: Patterns, limitMs: number): Promise<Times> {
    const look = (patterns: WirePatterns) =>
      this.recorder.evaluate((recorder, [from, list]) => recorder.seen(from, list), [
        since,
        patterns,
      ] as const);
    return waitForAll(look, wanted, limitMs, 'places without a mark');
  }

  /** Waits until every named sign shows what it should at the same time; answers with the last change of each since then. */
  async settled(since: number, wanted: Patterns, limitMs: number): Promise<Times> {
    const look = (patterns: WirePatterns) =>
      this.recorder.evaluate((recorder, [from, list]) => recorder.settled(from, list), [
        since,
        patterns,
      ] as const);
    return waitForAll(look, wanted, limitMs, 'marks that did not go away');
  }
}

async function waitForAll(
  look: (patterns: WirePatterns) => Promise<Looked>,
  wanted: Patterns,
  limitMs: number,
  message: string,
): Promise<Times> {
  const patterns = Object.entries(wanted);
  let times: Times = new Map();
  const missing = async (): Promise<readonly string[]> => {
    const looked = await look(patterns);
    times = new Map(looked.times);
    return looked.missing;
  };
  await expect.poll(missing, { timeout: limitMs, intervals: [100], message }).toEqual([]);
  return times;
}

/** Runs in the page. */
function recordSigns(watched: readonly Sign[]): Recorder {
  const changes = new Map<string, { readonly time: number; readonly value: string }[]>();
  const of = (name: string) => changes.get(name) ?? [];
  const valueOf = (element: Element, read: Sign['read']): string =>
    (read === 'text' ? element.textContent : element.getAttribute(read)) ?? '';
  const look = () => {
    const time = performance.now();
    for (const { name, selector, read, key } of watched) {
      const value = [...document.querySelectorAll(selector)]
        .map((element) => {
          const before = key === undefined ? '' : `${valueOf(element, key)} `;
          return before + valueOf(element, read);
        })
        .join('\n');
      const known = of(name);
      if (known.at(-1)?.value === value) continue;
      if (known.push({ time, value }) > 4000) known.shift();
      changes.set(name, known);
    }
  };
  const compare = (
    since: number,
    patterns: WirePatterns,
    pick: (name: string, pattern: RegExp) => number | undefined,
  ): Looked => {
    const found = patterns.map(([name, pattern]) => [name, pick(name, pattern)] as const);
    return {
      times: found.flatMap(([name, time]) => (time === undefined ? [] : [[name, time - since]])),
      missing: found.flatMap(([name, time]) =>
        time === undefined ? [`${name}: ${of(name).at(-1)?.value.slice(0, 300) ?? 'nothing'}`] : [],
      ),
    };
  };
  look();
  const timer = setInterval(look, 40);
  const frames: number[] = [];
  let request = 0;
  const onFrame = () => {
    frames.push(performance.now());
    request = requestAnimationFrame(onFrame);
  };
  onFrame();
  return {
    now: () => performance.now(),
    followed: (moment) =>
      Math.max(moment + 250, frames.filter((time) => time > moment)[2] ?? Infinity),
    seen: (since, patterns) =>
      compare(since, patterns, (name, pattern) => {
        const after = of(name).filter(({ time }) => time >= since);
        return after.find(({ value }) => pattern.test(value))?.time;
      }),
    settled: (since, patterns) =>
      compare(since, patterns, (name, pattern) => {
        const last = of(name).at(-1);
        return last !== undefined && pattern.test(last.value) ? last.time : undefined;
      }),
    values: (from, to, names) =>
      names.flatMap((name) => {
        const inForce = of(name).findLast(({ time }) => time <= from);
        const later = of(name).filter(({ time }) => time > from && time <= to);
        return [...(inForce === undefined ? [] : [inForce]), ...later].map((change) => ({
          name,
          ...change,
        }));
      }),
    stop: () => {
      clearInterval(timer);
      cancelAnimationFrame(request);
    },
  };
}

export function printTimes(title: string, times: Times): void {
  const words = [...times]
    .toSorted(([, one], [, other]) => one - other)
    .map(([name, time]) => `${name} ${(time / 1000).toFixed(2)}`);
  process.stdout.write(`  ${title} (s): ${words.join(', ')}\n`);
}
