import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SignJWT, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import type { JWTPayload } from 'jose';
import type { GatewayErrorCode } from '../../../shared/gateway/errors.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { AccountStore } from './accountStore.ts';

/** The one algorithm that is made and taken: Ed25519. */
const algorithm = 'EdDSA';
const tokenType = 'at+jwt';
const audience = 'truetape-gateway';
export const maxTokenLength = 2048;
/** A token is valid so long before it is made: clocks of gateways with one key differ. Its end has no tolerance. */
const clockToleranceSec = 5;
const verifiedLimit = 5_000;

interface AccessTokenClaims {
  readonly accountId: string;
  readonly family: string;
  readonly issuedTime: EpochMs;
  readonly expiresTime: EpochMs;
}

type TokenVerdict =
  | { readonly ok: true; readonly claims: AccessTokenClaims }
  | { readonly ok: false; readonly code: GatewayErrorCode; readonly message: string };

const signInAgain = 'Sign in again: POST /api/auth/login.';

export const tokenTexts = {
  tooLong: `The token is longer than any of this gateway (${maxTokenLength} characters). ${signInAgain}`,
  noToken:
    'This is no access token of this gateway, and not its session key, which is another one at every start. Send the access_token of POST /api/auth/login.',
  altered: `The token was not made by this gateway, or was changed on its way. ${signInAgain}`,
  early: 'The token is not valid yet: the clocks of the gateways differ. Set them, then try again.',
  expired:
    'The access token has expired. Get a new one with POST /api/auth/refresh, then try again.',
  ended: `This login has been ended. ${signInAgain}`,
} as const;

/** Makes and verifies access tokens with the key pair of the accounts' file. */
export class AccessTokens {
  readonly #issuer: string;
  readonly #keyId: string;
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #wallMs: () => EpochMs;
  readonly lifetimeSec: number;
  /** A program sends the same token with each request: its signature is looked at once. By digest. */
  readonly #verified = new Map<string, AccessTokenClaims>();

  constructor(store: AccountStore, wallMs: () => EpochMs, lifetimeSec: number) {
    const { issuer, privateKey } = store.identity(makeIdentity);
    this.#issuer = issuer;
    this.#privateKey = createPrivateKey(privateKey);
    this.#publicKey = createPublicKey(this.#privateKey);
    const publicBytes = this.#publicKey.export({ type: 'spki', format: 'der' });
    this.#keyId = createHash('sha256').update(publicBytes).digest('base64url').slice(0, 16);
    this.#wallMs = wallMs;
    this.lifetimeSec = lifetimeSec;
  }

  async issue(
    accountId: string,
    family: string,
  ): Promise<{ readonly token: string; readonly expiresTime: EpochMs }> {
    const now = Math.floor(this.#wallMs() / 1000);
    const expires = now + this.lifetimeSec;
    const token = await new SignJWT({ fam: family })
      .setProtectedHeader({ alg: algorithm, typ: tokenType, kid: this.#keyId })
      .setIssuer(this.#issuer)
      .setAudience(audience)
      .setSubject(accountId)
      .setJti(randomBytes(12).toString('base64url'))
      .setIssuedAt(now)
      .setNotBefore(now - clockToleranceSec)
      .setExpirationTime(expires)
      .sign(this.#privateKey);
    return { token, expiresTime: expires * 1000 };
  }

  /** Of a text no longer than `maxTokenLength`. */
  async verify(token: string): Promise<TokenVerdict> {
    const digest = createHash('sha256').update(token).digest('base64url');
    const known = this.#verified.get(digest);
    if (known !== undefined) return this.#stillValid(known);
    if (!this.#isOwnHeader(token)) return refusal('INVALID_TOKEN', tokenTexts.noToken);
    try {
      const { payload } = await jwtVerify(token, this.#publicKey, {
        algorithms: [algorithm],
        typ: tokenType,
        issuer: this.#issuer,
        audience,
        requiredClaims: ['sub', 'jti', 'iat', 'nbf', 'exp', 'fam'],
        clockTolerance: 0,
        currentDate: new Date(this.#wallMs()),
      });
      const verdict = parseClaims(payload);
      if (verdict.ok) this.#remember(digest, verdict.claims);
      return verdict;
    } catch (error) {
      return refusalOf(error);
    }
  }

  #stillValid(claims: AccessTokenClaims): TokenVerdict {
    return claims.expiresTime > this.#wallMs()
      ? { ok: true, claims }
      : refusal('TOKEN_EXPIRED', tokenTexts.expired);
  }

  #remember(digest: string, claims: AccessTokenClaims): void {
    this.#verified.set(digest, claims);
    const [oldest] = this.#verified.keys();
    if (this.#verified.size > verifiedLimit && oldest !== undefined) this.#verified.delete(oldest);
  }

  /** Exactly what we write: no other algorithm, and no key or address of one that the token brings along. */
  #isOwnHeader(token: string): boolean {
    try {
      const header = decodeProtectedHeader(token);
      const isOurs =
        header.alg === algorithm && header.typ === tokenType && header.kid === this.#keyId;
      return isOurs && Object.keys(header).length === 3;
    } catch (error) {
      if (error instanceof TypeError || error instanceof errors.JOSEError) return false;
      throw error;
    }
  }
}

function makeIdentity(): { readonly issuer: string; readonly privateKey: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  return {
    issuer: `truetape:${randomBytes(9).toString('base64url')}`,
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function parseClaims({
  sub,
  fam,
  jti,
  iat,
  exp,
}: JWTPayload & { readonly fam?: unknown }): TokenVerdict {
  const isWhole = typeof sub === 'string' && typeof fam === 'string' && typeof jti === 'string';
  if (!isWhole || exp === undefined || iat === undefined) {
    return refusal('INVALID_TOKEN', tokenTexts.altered);
  }
  return {
    ok: true,
    claims: { accountId: sub, family: fam, issuedTime: iat * 1000, expiresTime: exp * 1000 },
  };
}

function refusalOf(error: unknown): TokenVerdict {
  if (error instanceof errors.JWTExpired) return refusal('TOKEN_EXPIRED', tokenTexts.expired);
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf') {
    return refusal('INVALID_TOKEN', tokenTexts.early);
  }
  if (error instanceof errors.JOSEError || error instanceof TypeError) {
    return refusal('INVALID_TOKEN', tokenTexts.altered);
  }
  throw error;
}

function refusal(code: GatewayErrorCode, message: string): TokenVerdict {
  return { ok: false, code, message };
}
