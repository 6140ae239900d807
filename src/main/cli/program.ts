import { createGatewayCommand } from './gatewayCommand.ts';
import { doctorCommand } from './doctorCommand.ts';
import { inspectCommand } from './inspectCommand.ts';
import { replayCommand } from './replayCommand.ts';
import { simulatorCommand } from './simulatorCommand.ts';
import { runCommandLine } from './commandLine.ts';
import type { CommandRecord } from './commandIo.ts';

const commands: readonly CommandRecord[] = [
  // The engine loads only when it is asked for: the doctor has to work where the engine cannot.
  createGatewayCommand(async (options) => {
    const { createEngineHost } = await import('../engine/host.ts');
    return createEngineHost(options);
  }),
  inspectCommand,
  replayCommand,
  simulatorCommand,
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
