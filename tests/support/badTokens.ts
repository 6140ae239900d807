import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { GatewayErrorCode } from '../../src/shared/gateway/errors.ts';
import { AccessTokens, maxTokenLength } from '../../src/main/gateway/accounts/accessTokens.ts';
import { AccountStore } from '../../src/main/gateway/accounts/accountStore.ts';
import type { Account } from '../../src/main/gateway/accounts/accountStore.ts';
import { accountsFileName } from '../../src/main/gateway/accounts/accountsFile.ts';
import { Sessions } from '../../src/main/gateway/sessions.ts';

/** A token that no transport may take, and what is answered to it. */
interface BadToken {
  readonly name: string;
  /** Null: nothing is sent at all. */
  readonly token: string | null;
  readonly code: GatewayErrorCode;
}

interface TokenMatrix {
  /** Of the user `anna`. */
  readonly good: string;
  readonly bad: readonly BadToken[];
}

export const testUser = 'anna';
export const testPassword = 'correct horse';

/** scrypt of the password at the least cost that is read: a test has no time for a real one. */
const testHash =
  '$scrypt$ln=10,r=8,p=1$dHJ1ZXRhcGUtdGVzdC1zYQ==$qokE32ccw3j1jJMJBZdW8jwnyEqUryeaNV7wPs6v+uI=';

export function openTestAccounts(folder: string): AccountStore {
  return new AccountStore(join(folder, accountsFileName));
}

/** Into the accounts of a profile folder, also while a gateway runs on it. */
export function addTestUser(folder: string, name: string = testUser): void {
  const store = openTestAccounts(folder);
  store.addAccount(name, testHash, Date.now());
  store.close();
}

/** Signed with the key of the accounts in `folder`, where that is not what is wrong with them. `now` by the gateway's clock. */
export async function makeTokenMatrix(folder: string, now = Date.now()): Promise<TokenMatrix> {
  const store = openTestAccounts(folder);
  try {
    if (store.account(testUser) === null) store.addAccount(testUser, testHash, now);
    const issue = issuer(store, now);
    const good = await issue(testUser);
    const key = createPrivateKey(
      store.identity(() => {
        throw new Error('the key is made by the first token');
      }).privateKey,
    );
    return {
      good,
      bad: [
        ...unreadable(good),
        ...forged(good, key),
        ...wrongHeaders(good, key),
        ...wrongClaims(good, key, Math.floor(now / 1000)),
        {
          name: 'a login of another user',
          token: changed(good, {}, { fam: login(store, 'another', now).family }, key),
          code: 'TOKEN_REVOKED',
        },
        ...(await ofEndedLogins(store, issue, now)),
        { name: 'a refresh token', token: login(store, testUser, now).refreshToken, code: invalid },
      ],
    };
  } finally {
    store.close();
  }
}

const invalid = 'INVALID_TOKEN';
type Issue = (user: string) => Promise<string>;

function accountOf(store: AccountStore, user: string, now: number): Account {
  store.addAccount(user, testHash, now);
  const account = store.account(user);
  if (account === null) throw new Error(`${user} was not added`);
  return account;
}

function login(store: AccountStore, user: string, now: number) {
  return store.startFamily(accountOf(store, user, now), now, now + 86_400_000);
}

function issuer(store: AccountStore, now: number): Issue {
  const tokens = new AccessTokens(store, () => now, 86_400);
  return async (user) => {
    const { account, family } = login(store, user, now);
    return (await tokens.issue(account.id, family)).token;
  };
}

function unreadable(good: string): readonly BadToken[] {
  const [header = '', payload = ''] = good.split('.');
  const otherGateway = new Sessions(() => 0);
  return [
    { name: 'none', token: null, code: 'UNAUTHORIZED' },
    { name: 'empty', token: '', code: 'UNAUTHORIZED' },
    { name: 'garbage', token: 'garbage', code: invalid },
    { name: 'garbage in three parts', token: 'a.b.c', code: invalid },
    { name: 'five parts', token: `${good}.a.b`, code: invalid },
    { name: 'no signature', token: `${header}.${payload}.`, code: invalid },
    { name: 'too long', token: `${good}${'A'.repeat(maxTokenLength)}`, code: invalid },
    { name: 'the session key of another gateway', token: otherGateway.key, code: invalid },
  ];
}

type Fields = Readonly<Record<string, unknown>>;

function encoded(fields: Fields): string {
  return Buffer.from(JSON.stringify(fields)).toString('base64url');
}

function signed(header: Fields, payload: Fields, signer: (text: string) => Buffer): string {
  const text = `${encoded(header)}.${encoded(payload)}`;
  return `${text}.${signer(text).toString('base64url')}`;
}

function ed25519(key: KeyObject): (text: string) => Buffer {
  return (text) => sign(null, Buffer.from(text), key);
}

function changed(good: string, header: Fields, payload: Fields, key: KeyObject): string {
  return signed(
    { ...decodeProtectedHeader(good), ...header },
    { ...decodeJwt(good), ...payload },
    ed25519(key),
  );
}

function forged(good: string, key: KeyObject): readonly BadToken[] {
  const header = decodeProtectedHeader(good);
  const payload = decodeJwt(good);
  const [headerText = '', payloadText = '', signature = ''] = good.split('.');
  const publicKey = createPublicKey(key);
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const other = generateKeyPairSync('ed25519').privateKey;
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const hmac = (secret: string | Buffer) => (text: string) =>
    createHmac('sha256', secret).update(text).digest();
  const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
  const tokens: readonly (readonly [string, string])[] = [
    ['algorithm none', signed({ ...header, alg: 'none' }, payload, () => Buffer.alloc(0))],
    [
      'algorithm none with the signature',
      `${encoded({ ...header, alg: 'none' })}.${payloadText}.${signature}`,
    ],
    ['algorithm nOnE', signed({ ...header, alg: 'nOnE' }, payload, () => Buffer.alloc(0))],
    [
      'HS256 with the public key as secret',
      signed({ ...header, alg: 'HS256' }, payload, hmac(pem.toString())),
    ],
    [
      'HS256 with the raw public key as secret',
      signed({ ...header, alg: 'HS256' }, payload, hmac(raw)),
    ],
    [
      'RS256',
      signed({ ...header, alg: 'RS256' }, payload, (text) =>
        sign('sha256', Buffer.from(text), rsa),
      ),
    ],
    [
      'ES256',
      signed({ ...header, alg: 'ES256' }, payload, (text) =>
        sign('sha256', Buffer.from(text), { key: elliptic, dsaEncoding: 'ieee-p1363' }),
      ),
    ],
    ['another key', signed(header, payload, ed25519(other))],
    ['an altered payload', `${headerText}.${encoded({ ...payload, sub: 'root' })}.${signature}`],
    ['an altered header', `${encoded({ ...header, typ: 'JWT' })}.${payloadText}.${signature}`],
    ['an altered signature', `${headerText}.${payloadText}.${flipped}`],
  ];
  return tokens.map(([name, token]) => ({ name, token, code: invalid }));
}

function wrongHeaders(good: string, key: KeyObject): readonly BadToken[] {
  const other = generateKeyPairSync('ed25519');
  const jwk = other.publicKey.export({ format: 'jwk' });
  const headers: readonly (readonly [string, Fields, KeyObject])[] = [
    ['another key id', { kid: 'another' }, key],
    ['no key id', { kid: undefined }, key],
    ['a key of its own in the header', { jwk }, other.privateKey],
    ['the address of a key in the header', { jku: 'http://127.0.0.1:1/keys' }, other.privateKey],
    ['a critical header', { crit: ['b64'], b64: true }, key],
    ['another type', { typ: 'JWT' }, key],
  ];
  return headers.map(([name, header, signer]) => ({
    name,
    token: changed(good, header, {}, signer),
    code: invalid,
  }));
}

function wrongClaims(good: string, key: KeyObject, nowSec: number): readonly BadToken[] {
  const token = (payload: Fields): string => changed(good, {}, payload, key);
  const missing = ['sub', 'jti', 'iat', 'nbf', 'exp', 'fam', 'iss', 'aud'];
  return [
    { name: 'expired', token: token({ exp: nowSec - 1 }), code: 'TOKEN_EXPIRED' },
    { name: 'not yet valid', token: token({ nbf: nowSec + 60 }), code: invalid },
    { name: 'another audience', token: token({ aud: 'another-gateway' }), code: invalid },
    { name: 'another issuer', token: token({ iss: 'truetape:another' }), code: invalid },
    { name: 'an end that is no number', token: token({ exp: 'never' }), code: invalid },
    { name: 'a login that is no text', token: token({ fam: 7 }), code: invalid },
    { name: 'an unknown user', token: token({ sub: 'nobody' }), code: 'TOKEN_REVOKED' },
    { name: 'an unknown login', token: token({ fam: 'none' }), code: 'TOKEN_REVOKED' },
    ...missing.map((claim): BadToken => ({
      name: `no ${claim}`,
      token: token({ [claim]: undefined }),
      code: invalid,
    })),
  ];
}

async function ofEndedLogins(
  store: AccountStore,
  issue: Issue,
  now: number,
): Promise<readonly BadToken[]> {
  const revoked = await issue('revoked');
  store.revokeUser('revoked', now, { block: false });
  const blocked = await issue('blocked');
  store.revokeUser('blocked', now, { block: true });
  const deleted = await issue('deleted');
  store.removeAccount('deleted', now);
  const recreated = await issue('again');
  store.removeAccount('again', now);
  accountOf(store, 'again', now);
  const code = 'TOKEN_REVOKED';
  return [
    { name: 'a revoked login', token: revoked, code },
    { name: 'a revoked user', token: blocked, code },
    { name: 'a deleted user', token: deleted, code },
    { name: 'a user who was added again', token: recreated, code },
  ];
}
