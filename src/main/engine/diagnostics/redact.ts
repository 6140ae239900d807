import {
  cutTo,
  isSecretName,
  readableStart,
  secretMark,
  withoutCredentials,
} from '../credentials.ts';

/** What this machine is called, and what must not leave it. Parts shorter than three letters would hit ordinary words. */
export interface MachineNames {
  readonly home: string;
  readonly user: string;
  readonly host: string;
}

const longestText = 2_048;
const deepest = 12;

/** Names a request or an account of somebody; for a fault on this machine's own screen such ids are of use. */
const uuid = /\b[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}\b/giu;
const mail = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gu;
const fourBytes = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\w)/gu;
const longAddress =
  /(?<![\w:.])(?:(?:[\da-f]{1,4}:){4,7}[\da-f]{1,4}|(?:[\da-f]{1,4}(?::[\da-f]{1,4})*)?::(?:[\da-f]{1,4}(?::[\da-f]{1,4})*)?(?:%\w+)?)(?![\w:])/giu;
const hostOfAddress = /(\b[a-z][\w+.-]*:\/\/)(\[[^\]\s]*\]|[^\s/:?#"'<>]+)/giu;
const hostName =
  /(?<![\w@.-])(?:[a-z\d](?:[a-z\d-]*[a-z\d])?\.)+(?:com|net|org|io|dev|app|cloud|vision|local|lan|internal|intranet|corp|home|arpa|test|example|localdomain|(?!ts|js|gz|md|db)[a-z]{2})(?![\w.-]*\w)/giu;

const fileAddress = /\bfile:\/\/[^\s"'<>]*/giu;
const windowsPath = /\b[A-Z]:[\\/](?:[^\s"'<>\\/]+(?: [^\s"'<>\\/]+)*[\\/])*[^\s"'<>\\/]*/gu;
const sharedPath = /\\\\[^\s"'<>\\]+\\[^\s"'<>]*/gu;
const homePath = /\/(?:home|Users)\/[^/"'<>\r\n]{1,64}\/[^\s"'<>]*/gu;
const anyPath = /(?<![\w/.:])~?\/(?:[\w.@+-]+\/)+[\w.@+-]*/gu;
const shortPath =
  /(?<![\w/.:])\/(?:home|Users|root|tmp|var|opt|usr|private|mnt|srv|media)\/?[\w.@+-]*/gu;
/** Paths that venues have: what was asked, not where it lies. */
const venuePath = /^\/(?:api|v5|ws|stream|fapi|realtime)(?:\/|$)/u;

/** Takes out of text and values of others what is nobody's business: credentials, places, addresses and names. */
export class Redactor {
  private readonly names: readonly (readonly [RegExp, string])[];
  private readonly knownHosts: ReadonlySet<string>;

  /** `knownHosts`: the venues' own, which stay. */
  constructor(names: MachineNames, knownHosts: ReadonlySet<string>) {
    this.knownHosts = knownHosts;
    this.names = [
      [names.home, '[path]', '[^\\s"\'<>]*'],
      [names.host, '[host]', ''],
      [names.user, '[user]', ''],
    ].flatMap(([name = '', mark = '', rest = '']) => {
      // "root" says nothing about a person.
      if (name.length < 3 || name === 'root' || name === 'localhost') return [];
      const literal = name.replace(/[$()*+./?[\\\]^{|}]/gu, '\\$&');
      return [[new RegExp(`(?<![\\w-])${literal}(?![\\w-])${rest}`, 'giu'), mark] as const];
    });
  }

  text(text: string): string {
    let seen = readableStart(text, 2 * longestText);
    for (const [name, mark] of this.names) seen = seen.replace(name, mark);
    const clean = withoutCredentials(seen).replace(uuid, secretMark);
    return cutTo(withoutPaths(this.withoutHosts(clean)), longestText);
  }

  /** Plain values as JSON holds them; what is deeper than any of ours is left out. */
  value(value: unknown, depth = 0): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (depth >= deepest) return secretMark;
    if (Array.isArray(value)) return value.map((each) => this.value(each, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [
        this.text(key),
        isSecretName(key) ? secretMark : this.value(each, depth + 1),
      ]),
    );
  }

  private withoutHosts(text: string): string {
    return text
      .replace(mail, '[mail]')
      .replace(hostOfAddress, (whole, start: string, host: string) =>
        this.isKnown(host) ? whole : `${start}[host]`,
      )
      .replace(fourBytes, '[address]')
      .replace(longAddress, (found) => (found === '::' ? found : '[address]'))
      .replace(hostName, (host) => (this.isKnown(host) ? host : '[host]'));
  }

  private isKnown(host: string): boolean {
    return this.knownHosts.has(host.toLowerCase());
  }
}

function withoutPaths(text: string): string {
  return text
    .replace(fileAddress, '[path]')
    .replace(windowsPath, '[path]')
    .replace(sharedPath, '[path]')
    .replace(homePath, '[path]')
    .replace(anyPath, (path) => (venuePath.test(path) ? path : '[path]'))
    .replace(shortPath, '[path]');
}
