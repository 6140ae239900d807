/**
 * Why a link to a venue failed, as far as this machine can tell.
 * `hijacked`: something in between answered in the venue's place (a sign-in page of the network).
 */
export type LinkFailure =
  | 'nameNotFound'
  | 'nameUnanswered'
  | 'nothingThere'
  | 'noRoute'
  | 'timeout'
  | 'certificateExpired'
  | 'certificateUntrusted'
  | 'certificateOfAnother'
  | 'tls'
  | 'hijacked';

const failureByCode: Readonly<Record<string, LinkFailure>> = {
  ENOTFOUND: 'nameNotFound',
  ENODATA: 'nameNotFound',
  EAI_AGAIN: 'nameUnanswered',
  EAI_FAIL: 'nameUnanswered',
  ESERVFAIL: 'nameUnanswered',
  ETIMEOUT: 'nameUnanswered',
  ECONNREFUSED: 'nothingThere',
  ENETUNREACH: 'noRoute',
  EHOSTUNREACH: 'noRoute',
  EADDRNOTAVAIL: 'noRoute',
  ENETDOWN: 'noRoute',
  ETIMEDOUT: 'timeout',
  CERT_HAS_EXPIRED: 'certificateExpired',
  CERT_NOT_YET_VALID: 'certificateExpired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificateOfAnother',
  HOSTNAME_MISMATCH: 'certificateOfAnother',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificateUntrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificateUntrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'certificateUntrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificateUntrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificateUntrusted',
  CERT_UNTRUSTED: 'certificateUntrusted',
  CERT_REJECTED: 'certificateUntrusted',
  CERT_REVOKED: 'certificateUntrusted',
  INVALID_CA: 'certificateUntrusted',
};

/** Null where an error tells nothing that helps a person. */
export function failureOf(error: unknown): LinkFailure | null {
  const code = codeOf(error);
  if (code === null) return null;
  const known = failureByCode[code];
  if (known !== undefined) return known;
  return code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO'
    ? 'tls'
    : null;
}

/** An answer of HTTP that no venue gives here: to be sent elsewhere, or to sign in first. */
export function isHijack(status: number, contentType: string | undefined): boolean {
  if (status >= 300 && status < 400) return true;
  if (status === 511) return true;
  return status >= 200 && status < 300 && (contentType ?? '').toLowerCase().includes('text/html');
}

/** Of several addresses tried in a row, Node reports one error that holds the others. */
function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof AggregateError) {
    for (const each of error.errors) {
      const code = codeOf(each);
      if (code !== null) return code;
    }
  }
  return 'code' in error && typeof error.code === 'string' ? error.code : null;
}
