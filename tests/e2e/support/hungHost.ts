import * as v from 'valibot';
import { WebSocket } from 'ws';

const listSchema = v.array(v.object({ webSocketDebuggerUrl: v.string() }));
const scriptSchema = v.object({
  method: v.literal('Debugger.scriptParsed'),
  params: v.object({ scriptId: v.string(), url: v.string() }),
});
const pausedSchema = v.object({
  method: v.literal('Debugger.paused'),
  params: v.object({
    callFrames: v.array(
      v.object({
        functionName: v.string(),
        location: v.object({ scriptId: v.string(), lineNumber: v.number() }),
      }),
    ),
  }),
});

const answerMs = 8_000;
const looks = 5;

/** Where the loop of a host stands that takes connections and answers none; null: it answers. Its inspector is opened for it. */
export async function stackOfHungHost(address: string, pid: number): Promise<string | null> {
  try {
    await fetch(new URL('/health', address), { signal: AbortSignal.timeout(answerMs) });
    return null;
  } catch {
    // That it does not answer is what is looked for.
  }
  try {
    return await stackOf(pid);
  } catch (error) {
    return `no stack: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function stackOf(pid: number): Promise<string> {
  process.kill(pid, 'SIGUSR1');
  await after(1_500);
  const answer = await fetch('http://127.0.0.1:9229/json/list', {
    signal: AbortSignal.timeout(answerMs),
  });
  const [target] = v.parse(listSchema, await answer.json());
  if (target === undefined) return 'no stack: the inspector has no target';
  const inspector = new WebSocket(target.webSocketDebuggerUrl);
  const stacks: string[] = [];
  const urlOf = new Map<string, string>();
  let id = 0;
  const ask = (method: string): void => inspector.send(JSON.stringify({ id: ++id, method }));
  inspector.on('message', (message: Buffer) => {
    const said: unknown = JSON.parse(message.toString());
    const script = v.safeParse(scriptSchema, said);
    if (script.success) urlOf.set(script.output.params.scriptId, script.output.params.url);
    const paused = v.safeParse(pausedSchema, said);
    if (!paused.success) return;
    const frames = paused.output.params.callFrames;
    stacks.push(
      frames
        .map(
          ({ functionName, location }) =>
            `  ${functionName} ${urlOf.get(location.scriptId) ?? ''}:${location.lineNumber + 1}`,
        )
        .join('\n'),
    );
    ask('Debugger.resume');
    if (stacks.length < looks) setTimeout(() => ask('Debugger.pause'), 200);
  });
  await new Promise((resolve, reject) => {
    inspector.on('open', resolve);
    inspector.on('error', reject);
  });
  ask('Debugger.enable');
  ask('Debugger.pause');
  await after(4_000);
  inspector.terminate();
  return stacks.join('\n---\n');
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
