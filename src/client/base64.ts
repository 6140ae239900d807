/** A multiple of three, so that the texts of the chunks join; small enough to be the arguments of one call. */
const chunkBytes = 3 * 8_192;

export function encodeBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    parts.push(btoa(String.fromCharCode(...bytes.subarray(start, start + chunkBytes))));
  }
  return parts.join('');
}

/** Null for what is no base64, or another spelling of the same bytes: of a sealed text there is one. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  const last = bytes.subarray(bytes.length - (bytes.length % 3 || 3));
  return text.endsWith(encodeBase64(last)) ? bytes : null;
}
