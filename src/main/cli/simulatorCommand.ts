import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findInstallation } from '../installation.ts';
import { CommandFailure } from './commandFailure.ts';
import type { CommandRecord } from './commandIo.ts';

/** The simulator is a program of its own: flags and output are its. */
export const simulatorCommand: CommandRecord = {
  name: 'simulator',
  summary: 'local venues on the real wire protocols, for tests and demonstrations',
  run(args) {
    const { simulatorModule } = findInstallation();
    if (!existsSync(simulatorModule)) {
      throw new CommandFailure('The simulator is not built. Run: npm run build');
    }
    const child = spawn(process.execPath, [simulatorModule, ...args], { stdio: 'inherit' });
    const pass = (signal: NodeJS.Signals): void => {
      child.kill(signal);
    };
    process.on('SIGINT', pass).on('SIGTERM', pass).on('SIGHUP', pass);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        process.off('SIGINT', pass).off('SIGTERM', pass).off('SIGHUP', pass);
        resolve(code ?? (signal === null ? 1 : 0));
      });
    });
  },
};
