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

interface Recorder {
  now(): number;
  changes(since: number): readonly MarkChange[];
  stop(): void;
}

/** Writes down what every sign shows whenever it changes, from within the page: brief marks are seen too. */
export class MarkLog {
  private readonly recorder: JSHandle<Recorder>;

  private constructor(recorder: JSHandle<Recorder>) {
    this.recorder = recorder;
  }

  static async start(page: Page, signs: readonly Sign[]): Promise<MarkLog> {
    const recorder = await page.evaluateHandle((watched: readonly Sign[]): Recorder => {
      const changes: MarkChange[] = [];
      const shown = new Map<string, string>();
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
          if (shown.get(name) === value) continue;
          shown.set(name, value);
          changes.push({ time, name, value });
        }
      };
      look();
      const timer = setInterval(look, 40);
      return {
        now: () => performance.now(),
        changes: (since) => changes.filter((change) => change.time >= since),
        stop: () => clearInterval(timer),
      };
    }, signs);
    return new MarkLog(recorder);
  }

  now(): Promise<number> {
    return this.recorder.evaluate((recorder) => recorder.now());
  }

  changes(since: number): Promise<readonly MarkChange[]> {
    return this.recorder.evaluate((recorder, from) => recorder.changes(from), since);
  }

  async stop(): Promise<void> {
    await this.recorder.evaluate((recorder) => recorder.stop());
  }

  /**
   * Waits until each named sign has shown what it should at least once since then; answers with the moment of each, and
   * names those that never did.
   */
  async seen(
    since: number,
    wanted: Readonly<Record<string, RegExp>>,
    limitMs: number,
  ): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    const missing = async (): Promise<readonly string[]> => {
      const changes = await this.changes(since);
      for (const [name, pattern] of Object.entries(wanted)) {
        const first = changes.find((change) => change.name === name && pattern.test(change.value));
        if (first !== undefined) found.set(name, first.time - since);
      }
      return Object.keys(wanted)
        .filter((name) => !found.has(name))
        .map((name) => {
          const last = changes.findLast((change) => change.name === name);
          return `${name}: ${last?.value.slice(0, 300) ?? 'no change'}`;
        });
    };
    await expect
      .poll(missing, { timeout: limitMs, intervals: [100], message: 'places without a mark' })
      .toEqual([]);
    return found;
  }

  /** Waits until every named sign shows what it should at the same time; answers with the last change of each since then. */
  async settled(
    since: number,
    wanted: Readonly<Record<string, RegExp>>,
    limitMs: number,
  ): Promise<ReadonlyMap<string, number>> {
    const last = new Map<string, MarkChange>();
    const wrong = async (): Promise<readonly string[]> => {
      for (const change of await this.changes(0)) last.set(change.name, change);
      return Object.entries(wanted)
        .filter(([name, pattern]) => !pattern.test(last.get(name)?.value ?? ''))
        .map(([name]) => `${name}: ${last.get(name)?.value ?? 'nothing'}`);
    };
    await expect
      .poll(wrong, { timeout: limitMs, intervals: [100], message: 'marks that did not go away' })
      .toEqual([]);
    return new Map(
      Object.keys(wanted).map((name) => [name, (last.get(name)?.time ?? since) - since]),
    );
  }
}

export function printTimes(title: string, times: ReadonlyMap<string, number>): void {
  const words = [...times]
    .toSorted(([, one], [, other]) => one - other)
    .map(([name, time]) => `${name} ${(time / 1000).toFixed(2)}`);
  process.stdout.write(`  ${title} (s): ${words.join(', ')}\n`);
}
