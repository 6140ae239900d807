import { createGatewayCommand } from './gatewayCommand.ts';
import { doctorCommand } from './doctorCommand.ts';
import { exportCommand } from './exportCommand.ts';
import { importCommand } from './importCommand.ts';
import { createIngestCommand } from './ingestCommand.ts';
import { inspectCommand } from './inspectCommand.ts';
import { createReplayCommand } from './replayCommand.ts';
import type { ServePorts } from './serveWorkstation.ts';
import { simulatorCommand } from './simulatorCommand.ts';
import { userCommand } from './userCommand.ts';
import { runCommandLine } from './commandLine.ts';
import type { CommandRecord } from './commandIo.ts';

// The engine loads only when it is asked for: the doctor has to work where the engine cannot.
const createHost: ServePorts['createHost'] = async (options) => {
  const { createEngineHost } = await import('../engine/host.ts');
  return createEngineHost(options);
};

const commands: readonly CommandRecord[] = [
  createGatewayCommand(createHost),
  createIngestCommand(createHost),
  inspectCommand,
  createReplayCommand(createHost),
  importCommand,
  exportCommand,
  simulatorCommand,
  userCommand,
  doctorCommand,
];

/** How long what is left open may keep a finished command alive. */
const lingerMs = 400;

export async function runProgram(args: readonly string[]): Promise<void> {
  // `truetape inspect ... | head` closes our output early; that is not a failure.
  process.stdout.on('error', () => {
    process.exit(0);
  });
  process.exitCode = await runCommandLine(
    args,
    {
      stdout: (text) => {
        process.stdout.write(text);
      },
      stderr: (text) => {
        process.stderr.write(text);
      },
    },
    commands,
  );
  setTimeout(() => {
    process.exit();
  }, lingerMs).unref();
}
