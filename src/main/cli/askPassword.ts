import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CommandFailure } from './commandFailure.ts';
import type { CommandIo } from './commandIo.ts';

const pipedLimit = 4096;

/** Standard input, or a test's. */
export interface PasswordSource extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
}

/** From the terminal without echo and twice, or the first line of what is piped in; never from the command line. */
export async function askPassword(
  name: string,
  io: CommandIo,
  source: PasswordSource = process.stdin,
): Promise<string> {
  if (source.isTTY !== true) return readPiped(source);
  const first = await askHidden(`Password of ${name}: `, io, source);
  const second = await askHidden('The same again: ', io, source);
  if (first !== second) throw new CommandFailure('the passwords differ; nothing was changed.');
  return first;
}

function askHidden(prompt: string, io: CommandIo, source: PasswordSource): Promise<string> {
  io.stderr(prompt);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const line = createInterface({ input: source, output: silent, terminal: true, historySize: 0 });
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    line.once('line', (answer) => {
      isAnswered = true;
      line.close();
      resolve(answer);
    });
    line.once('SIGINT', () => line.close());
    line.once('close', () => {
      io.stderr('\n');
      if (!isAnswered) reject(new CommandFailure('no password was given; nothing changed.', 130));
    });
  });
}

async function readPiped(source: PasswordSource): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    length += bytes.length;
    if (bytes.includes(0x0a) || length > pipedLimit) break;
  }
  const [line = ''] = Buffer.concat(chunks).toString('utf8').split('\n', 1);
  if (line.trim() === '' || length > pipedLimit) {
    throw new CommandFailure(
      'no password came. Run it in a terminal, or pipe one line in: truetape user add NAME < FILE',
    );
  }
  return line.replace(/\r$/, '');
}
