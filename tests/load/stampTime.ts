const timeKey = Buffer.from('"time":');
const packedTimeKey = Buffer.from([0xa4, ...Buffer.from('time')]);

/** A copy of a message of the gateway, of the same length, that says it was written now. */
export function stampTime(payload: Uint8Array, isBinary: boolean): Buffer {
  const copy = Buffer.from(payload);
  const at = timePlace(copy, isBinary);
  if (at === null) return copy;
  const now = Date.now();
  if (!isBinary) copy.write(String(now), at, 13, 'latin1');
  else if (copy[at] === 0xcf) copy.writeBigUInt64BE(BigInt(now), at + 1);
  else if (copy[at] === 0xcb) copy.writeDoubleBE(now, at + 1);
  return copy;
}

/** The first time in the message; null where it has none. */
export function stampedTime(payload: Buffer, isBinary: boolean): number | null {
  const at = timePlace(payload, isBinary);
  if (at === null) return null;
  if (!isBinary) return Number(payload.toString('latin1', at, at + 13));
  if (payload[at] === 0xcf) return Number(payload.readBigUInt64BE(at + 1));
  return payload[at] === 0xcb ? payload.readDoubleBE(at + 1) : null;
}

function timePlace(payload: Buffer, isBinary: boolean): number | null {
  const key = isBinary ? packedTimeKey : timeKey;
  const at = payload.indexOf(key);
  return at < 0 ? null : at + key.length;
}
