import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { Program, root } from './support/processes.ts';
import { expect, test } from './support/workstation.ts';

const isElectronHere = existsSync(join(root, 'node_modules', 'electron', 'path.txt'));

function startScript(profile: string, environment: NodeJS.ProcessEnv): Program {
  return new Program(
    spawn(
      process.execPath,
      [
        join(root, 'scripts', 'start.ts'),
        '--market',
        'simulated',
        '--port',
        '0',
        '--no-open',
        '--profile',
        profile,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } },
    ),
  );
}

/** From the start to the address, where nothing is waited for. */
async function startTime(profile: string, environment: NodeJS.ProcessEnv): Promise<number> {
  const started = performance.now();
  const program = startScript(profile, {
    ...environment,
    electron_config_cache: join(profile, 'cache'),
  });
  await program.says(/^Truetape is at (http:\S+)$/m);
  const took = performance.now() - started;
  expect(program.output).not.toContain('did not answer');
  expect(await program.stop()).toEqual({ code: 0, signal: null });
  return took;
}

test('is up in the browser four seconds later when the download host never answers', async ({
  workstation,
}) => {
  test.skip(isElectronHere, 'this machine has the desktop host');
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => sockets.add(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  try {
    const waits: number[] = [];
    // A machine that was busy at the wrong moment gets another chance.
    while (waits.length < 3 && (waits.at(-1) ?? Infinity) >= 0) {
      waits.push(await overLimitMs(workstation.profile, port));
    }
    expect(Math.min(...waits), 'longer than it may take').toBeLessThan(0);
  } finally {
    for (const socket of sockets) socket.destroy();
    silent.close();
  }
});

/** How much longer than it may a start with a download host that is silent at this port took; negative: it kept to it. */
async function overLimitMs(profile: string, port: number): Promise<number> {
  const atOnceMs = await startTime(profile, { DISPLAY: '', WAYLAND_DISPLAY: '' });
  const started = performance.now();
  const program = startScript(profile, {
    DISPLAY: ':nowhere',
    ELECTRON_MIRROR: `http://127.0.0.1:${port}/`,
    electron_config_cache: join(profile, 'cache'),
  });
  try {
    const address = await program.says(/^Truetape is at (http:\S+)$/m);
    const took = performance.now() - started;
    process.stdout.write(`  up ${(took / 1000).toFixed(1)} s after the start\n`);
    expect((await fetch(new URL('/', address))).status).toBe(200);
    expect(program.output).toMatch(
      /^Electron is not here and its download did not answer within 4 s\. Opening the workstation in the browser instead\.$/m,
    );
    // Ten seconds where a start without any wait takes two: slower machines, and busy ones, take longer for all of it.
    return took - (6_000 + Math.max(4_000, 2 * atOnceMs));
  } finally {
    expect(await program.stop()).toEqual({ code: 0, signal: null });
  }
}

test('is up at once when the download host cannot be resolved, or there is no display', async ({
  workstation,
}) => {
  test.skip(isElectronHere, 'this machine has the desktop host');
  for (const environment of [
    { DISPLAY: ':nowhere', ELECTRON_MIRROR: 'https://nowhere.invalid/' },
    { DISPLAY: '', WAYLAND_DISPLAY: '' },
  ]) {
    const took = await startTime(workstation.profile, environment);
    process.stdout.write(`  up ${(took / 1000).toFixed(1)} s after the start\n`);
  }
});
