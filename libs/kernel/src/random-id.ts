const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** `bytes` bytes from the platform's cryptographic generator, as lower-case hex. */
export function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => HEX[byte]).join('');
}

/** A random UUID (RFC 9562 §5.4). */
export function randomUuid(): string {
  return crypto.randomUUID();
}
