import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/**
 * 32 MiB and three passes: as costly for a guesser as 128 MiB and one, and a flood of logins does not take the memory of the
 * market. Stored with each password, so that they can be raised.
 */
const cost = { logN: 15, blockSize: 8, passes: 3 } as const;
const keyBytes = 32;
/** The others wait: two take half of the thread pool. */
const atOnce = 2;
const waitingLimit = 16;

export const passwordRule = 'A password has 8 to 256 characters and is not the name.';

export function isUsablePassword(password: string, name: string): boolean {
  const length = [...password.normalize('NFKC')].length;
  return length >= 8 && length <= 256 && password.toLowerCase() !== name;
}

export const userNameRule =
  'A name has 1 to 32 characters: small letters, digits, ".", "_" and "-", a letter or digit first.';

export function isUserName(name: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,31}$/.test(name);
}

/** Too many wait already. */
export class PasswordQueueFullError extends Error {
  override readonly name = 'PasswordQueueFullError';
}

interface Cost {
  readonly logN: number;
  readonly blockSize: number;
  readonly passes: number;
}

/** Derives keys off the main thread, a few at a time. */
export class Passwords {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  /** Of nobody: an unknown user costs the time of a known one. */
  readonly #nobody = encode(cost, randomBytes(16), randomBytes(keyBytes));

  async hash(password: string): Promise<string> {
    const salt = randomBytes(16);
    return encode(cost, salt, await this.#derive(password, salt, cost));
  }

  /** `stored` null: there is no such user; the same time passes and the answer is no. */
  async verify(password: string, stored: string | null): Promise<boolean> {
    const parsed = decode(stored ?? this.#nobody);
    if (parsed === null) return false;
    const key = await this.#derive(password, parsed.salt, parsed.cost);
    return timingSafeEqual(key, parsed.key) && stored !== null;
  }

  async #derive(
    password: string,
    salt: Buffer,
    { logN, blockSize, passes }: Cost,
  ): Promise<Buffer> {
    await this.#turn();
    try {
      return await new Promise((resolve, reject) => {
        const maxmem = 256 * 2 ** logN * blockSize;
        const options = { N: 2 ** logN, r: blockSize, p: passes, maxmem };
        scrypt(password.normalize('NFKC'), salt, keyBytes, options, (error, key) => {
          if (error === null) resolve(key);
          else reject(error);
        });
      });
    } finally {
      const next = this.#waiting.shift();
      // The place goes over to the next one in the same turn: nobody comes between.
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  async #turn(): Promise<void> {
    if (this.#running >= atOnce) {
      if (this.#waiting.length >= waitingLimit) throw new PasswordQueueFullError('too many logins');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
  }
}

function encode({ logN, blockSize, passes }: Cost, salt: Buffer, key: Buffer): string {
  const parameters = `ln=${logN},r=${blockSize},p=${passes}`;
  return `$scrypt$${parameters}$${salt.toString('base64')}$${key.toString('base64')}`;
}

/** Null for what we did not write; bounded, so that a damaged row does not cost gigabytes. */
function decode(
  stored: string,
): { readonly cost: Cost; readonly salt: Buffer; readonly key: Buffer } | null {
  const match = /^\$scrypt\$ln=(\d\d?),r=(\d\d?),p=(\d\d?)\$([\w+/=]{1,64})\$([\w+/=]{1,64})$/.exec(
    stored,
  );
  if (match === null) return null;
  const [logN = 0, blockSize = 0, passes = 0] = match.slice(1, 4).map(Number);
  if (logN < 10 || logN > 20 || blockSize < 1 || blockSize > 16 || passes < 1 || passes > 16)
    return null;
  const key = Buffer.from(match[5] ?? '', 'base64');
  if (key.length !== keyBytes) return null;
  return { cost: { logN, blockSize, passes }, salt: Buffer.from(match[4] ?? '', 'base64'), key };
}
