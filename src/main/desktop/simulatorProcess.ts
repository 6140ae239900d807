import { utilityProcess } from 'electron';

/** The simulator in a utility process: it ends with the application, and needs no Node mode of the binary. */
export function spawnUtilitySimulator(module: string, args: readonly string[]) {
  const child = utilityProcess.fork(module, [...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    serviceName: 'Truetape simulated market',
  });
  return {
    onOutput(listener: (text: string) => void) {
      child.stdout?.on('data', (chunk: Buffer) => {
        listener(chunk.toString('utf8'));
      });
    },
    onExit(listener: (detail: string) => void) {
      child.once('exit', (code) => {
        listener(`exit ${code}`);
      });
    },
    kill() {
      child.kill();
    },
  };
}
