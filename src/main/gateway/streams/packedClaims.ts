/**
 * A decoder of MessagePack makes room for as many elements as an array says that it has, before it has seen one: three bytes
 * claim 65,535. Every element takes at least a byte, so that claims of more than the message holds are a bomb.
 */
export function claimsMoreThanItHas(bytes: Buffer): boolean {
  let claimed = 0;
  let at = 0;
  while (at < bytes.length) {
    const token = tokenAt(bytes, at);
    claimed += token.elements;
    if (claimed > bytes.length) return true;
    at += token.bytes;
  }
  return false;
}

interface PackedToken {
  /** Of the token itself; of text and binary with their content, of arrays and maps the header alone. */
  readonly bytes: number;
  /** Values that have to follow. */
  readonly elements: number;
}

/** Sizes after the first byte of what has one size, from 0xc0 to 0xdf; 0 where it varies. */
const fixedBytes: Readonly<Record<number, number>> = {
  0xc0: 0,
  0xc1: 0,
  0xc2: 0,
  0xc3: 0,
  0xca: 4,
  0xcb: 8,
  0xcc: 1,
  0xcd: 2,
  0xce: 4,
  0xcf: 8,
  0xd0: 1,
  0xd1: 2,
  0xd2: 4,
  0xd3: 8,
  0xd4: 2,
  0xd5: 3,
  0xd6: 5,
  0xd7: 9,
  0xd8: 17,
};

/** How many bytes the length takes, and how many follow beside the content (the type of an extension). */
const lengthBytes: Readonly<Record<number, readonly [number, number]>> = {
  0xc4: [1, 0],
  0xc5: [2, 0],
  0xc6: [4, 0],
  0xc7: [1, 1],
  0xc8: [2, 1],
  0xc9: [4, 1],
  0xd9: [1, 0],
  0xda: [2, 0],
  0xdb: [4, 0],
};

function tokenAt(bytes: Buffer, at: number): PackedToken {
  const first = bytes[at] ?? 0;
  if (first < 0x80 || first >= 0xe0) return { bytes: 1, elements: 0 };
  if (first < 0x90) return { bytes: 1, elements: 2 * (first & 0x0f) };
  if (first < 0xa0) return { bytes: 1, elements: first & 0x0f };
  if (first < 0xc0) return { bytes: 1 + (first & 0x1f), elements: 0 };
  if (first >= 0xdc) {
    const size = first === 0xdc || first === 0xde ? 2 : 4;
    const count = lengthAt(bytes, at + 1, size);
    return { bytes: 1 + size, elements: first >= 0xde ? 2 * count : count };
  }
  const [size, more] = lengthBytes[first] ?? [0, fixedBytes[first] ?? 0];
  const content = size === 0 ? 0 : lengthAt(bytes, at + 1, size);
  return { bytes: 1 + size + more + content, elements: 0 };
}

/** What is cut off counts as nothing: the decoder refuses it. */
function lengthAt(bytes: Buffer, at: number, size: number): number {
  return at + size > bytes.length ? 0 : bytes.readUIntBE(at, size);
}
