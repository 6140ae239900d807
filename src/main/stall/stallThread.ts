import { mkdirSync, writeFileSync, writeSync } from 'node:fs';
import { Session } from 'node:inspector';
import { basename, dirname } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { StallJudge } from './stallJudge.ts';
import { parseOrders } from './stallOrders.ts';

/** Entry of the thread that watches the main thread, which cannot say itself that it hangs. */

const stacksTaken = 3;
const apartMs = 300;
const mostFrames = 25;
const mostSteps = 4;

const { beats, lookMs, looks, pauseLooks, file } = parseOrders(workerData);
const counted = new Int32Array(beats);
const judge = new StallJudge({ looks, pauseLooks });

for (;;) {
  await after(lookMs);
  const stillLooks = judge.look(Atomics.load(counted, 0));
  if (stillLooks !== null) await tell(Math.round((stillLooks * lookMs) / 1000));
}

async function tell(seconds: number): Promise<void> {
  const time = new Date().toISOString();
  const stacks = await mainStacks().catch((error: unknown) => [
    `  nobody can tell: ${error instanceof Error ? error.message : String(error)}`,
  ]);
  const where =
    stacks.length === 0 ? '  inside of a call of the platform' : stacks.join('\n  ---\n');
  const what = `has stood still for ${seconds} s, and answers nobody. It stands here:`;
  const text = `error   host: the main thread ${what}\n${where}\n`;
  try {
    // The stream of this thread goes through the loop that hangs.
    writeSync(2, `${time.slice(11, 23)} ${text}`);
  } catch {
    // Nobody reads it any more; the file may be read later.
  }
  if (file === null) return;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${time} ${text}`, { mode: 0o600 });
  } catch {
    // A full disk: it was said on standard error.
  }
}

/** Calls of the main thread at some moments, the innermost first; none where it runs no script. */
async function mainStacks(): Promise<readonly string[]> {
  const session = new Session();
  const stacks: string[] = [];
  const urlOf = new Map<string, string>();
  let steps = 0;
  session.on('Debugger.scriptParsed', ({ params }) => {
    urlOf.set(params.scriptId, params.url);
  });
  session.on('Debugger.paused', ({ params }) => {
    const isOurs = params.callFrames.some(({ location }) =>
      urlOf.get(location.scriptId)?.startsWith('file:'),
    );
    // Between two promises: what is resolved next says more.
    if (!isOurs && steps < mostSteps) {
      steps += 1;
      session.post('Debugger.stepInto');
      return;
    }
    steps = 0;
    const frames = params.callFrames.slice(0, mostFrames).map(({ functionName, location }) => {
      const { scriptId, lineNumber, columnNumber = 0 } = location;
      const place = `${basename(urlOf.get(scriptId) ?? '')}:${lineNumber + 1}:${columnNumber + 1}`;
      return `  at ${functionName || 'anonymous'} (${place})`;
    });
    stacks.push(frames.join('\n'));
    session.post('Debugger.resume');
  });
  try {
    session.connectToMainThread();
    session.post('Debugger.enable');
    for (let taken = 0; taken < stacksTaken; taken += 1) {
      session.post('Debugger.pause');
      await after(apartMs);
    }
  } finally {
    session.disconnect();
  }
  return stacks;
}
