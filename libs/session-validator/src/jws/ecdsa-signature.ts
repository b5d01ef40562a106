const SCALAR_BYTES = 32;
const INTEGER = 0x02;
const SEQUENCE = 0x30;

/**
 * An ES256 signature as OpenSSL works with it: the two numbers that RFC 7518 §3.4 puts side by side, as the DER sequence of
 * RFC 3279 §2.2.3. Node would do it on each check, for more than it costs here.
 *
 * @returns `undefined` unless it is 64 bytes long
 */
export function toDerSignature(signature: Buffer): Buffer | undefined {
  if (signature.length !== 2 * SCALAR_BYTES) return undefined;
  const [rStart, sStart] = [firstByte(signature, 0), firstByte(signature, SCALAR_BYTES)];
  const rLength = integerLength(signature, rStart, SCALAR_BYTES);
  const sLength = integerLength(signature, sStart, 2 * SCALAR_BYTES);
  const der = Buffer.allocUnsafe(6 + rLength + sLength);
  der[0] = SEQUENCE;
  der[1] = 4 + rLength + sLength;
  const next = putInteger(der, 2, rLength, signature, rStart, SCALAR_BYTES);
  putInteger(der, next, sLength, signature, sStart, 2 * SCALAR_BYTES);
  return der;
}

/** Where the number begins: DER has no leading zeros, and one byte for zero itself. */
function firstByte(signature: Buffer, from: number): number {
  const last = from + SCALAR_BYTES - 1;
  let at = from;
  while (at < last && signature[at] === 0) at++;
  return at;
}

/** A first bit that is set would make the number negative, so a zero goes before it. */
function integerLength(signature: Buffer, start: number, end: number): number {
  return end - start + (needsZero(signature, start) ? 1 : 0);
}

function needsZero(signature: Buffer, start: number): boolean {
  return (signature[start] ?? 0) >= 0x80;
}

function putInteger(der: Buffer, at: number, length: number, signature: Buffer, start: number, end: number): number {
  der[at] = INTEGER;
  der[at + 1] = length;
  let to = at + 2;
  if (needsZero(signature, start)) der[to++] = 0;
  // Byte by byte: for so few, `copy` takes longer to begin than this to end.
  for (let from = start; from < end; from++) der[to++] = signature[from] ?? 0;
  return at + 2 + length;
}
