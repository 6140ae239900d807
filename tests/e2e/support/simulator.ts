import { spawn } from 'node:child_process';
import { join } from 'node:path';
import * as v from 'valibot';
import { Program, builtMain } from './processes.ts';

const addressSchema = v.object({ ws: v.string(), rest: v.string() });
const listeningSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    type: v.literal('listening'),
    control: v.string(),
    venues: v.record(v.string(), addressSchema),
  }),
);
const levels = v.array(v.tuple([v.string(), v.string()]));
const bookSchema = v.object({ updateId: v.number(), bids: levels, asks: levels });
export type OracleBook = v.InferOutput<typeof bookSchema>;

/** The simulator in a process of its own, with its control and its truth. */
export class TestMarket {
  readonly venues: Readonly<Record<string, { readonly ws: string; readonly rest: string }>>;
  private readonly program: Program;
  private readonly controlAddress: string;

  private constructor(program: Program, listening: v.InferOutput<typeof listeningSchema>) {
    this.program = program;
    this.venues = listening.venues;
    this.controlAddress = listening.control;
  }

  static async start(args: readonly string[] = []): Promise<TestMarket> {
    const program = new Program(
      spawn(
        process.execPath,
        [join(builtMain, 'simulator.js'), '--parent', '--seed', '7', '--rate', '300', ...args],
        { stdio: ['pipe', 'pipe', 'pipe'] },
      ),
    );
    const line = await program.says(/^(\{"type":"listening".*\})$/m);
    return new TestMarket(program, v.parse(listeningSchema, line));
  }

  /** Flags that point a host's venues here. */
  endpointFlags(): readonly string[] {
    return Object.entries(this.venues).flatMap(([venue, { ws, rest }]) => [
      '--venue-endpoint',
      `${venue}=${ws},${rest}`,
    ]);
  }

  async control(command: Readonly<Record<string, unknown>>): Promise<void> {
    const answer = await fetch(`${this.controlAddress}/control`, {
      method: 'POST',
      body: JSON.stringify(command),
    });
    if (!answer.ok) throw new Error(`control refused: ${await answer.text()}`);
  }

  /** Null when the simulator no longer knows that update. */
  async book(venue: string, market: string, updateId: number): Promise<OracleBook | null> {
    const query = new URLSearchParams({ venue, market, updateId: String(updateId) });
    const answer = await fetch(`${this.controlAddress}/oracle/book?${query}`);
    return answer.ok ? v.parse(bookSchema, await answer.json()) : null;
  }

  async counters(): Promise<unknown> {
    return (await fetch(`${this.controlAddress}/oracle/counters`)).json();
  }

  async close(): Promise<void> {
    await this.program.stop();
  }
}
