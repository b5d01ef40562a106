/**
 * Follows the frames of a WebSocket (RFC 6455 §5.2) without changing them, to know where one ends: a frame of ours may only
 * stand between two of theirs.
 */
export class FrameBoundary {
  /** Bytes of payload still to come. */
  private payload = 0;
  /** What has been seen of a head that is not whole yet: at most 14 bytes. */
  private readonly head = Buffer.alloc(14);
  private seen = 0;

  /** Whether a frame could begin here. */
  get isAt(): boolean {
    return this.payload === 0 && this.seen === 0;
  }

  /**
   * Takes the next bytes.
   *
   * @param stop - to go no further than the next boundary
   * @returns how many bytes were taken: all, or with `stop` those up to the boundary
   */
  take(bytes: Buffer, stop = false): number {
    let at = 0;
    while (at < bytes.length) {
      if (this.payload > 0) {
        const step = Math.min(this.payload, bytes.length - at);
        this.payload -= step;
        at += step;
      } else {
        this.head[this.seen] = bytes[at] as number;
        this.seen += 1;
        at += 1;
        if (this.seen === headLength(this.head, this.seen)) {
          this.payload = payloadLength(this.head);
          this.seen = 0;
        }
      }
      if (stop && this.isAt) return at;
    }
    return at;
  }
}

/** @returns more than `seen` while that cannot be told */
function headLength(head: Buffer, seen: number): number {
  if (seen < 2) return 2;
  const short = lengthOctet(head);
  return 2 + (short === 127 ? 8 : short === 126 ? 2 : 0) + (isMasked(head) ? 4 : 0);
}

function payloadLength(head: Buffer): number {
  const short = lengthOctet(head);
  if (short < 126) return short;
  // Beyond 2^53 nobody will have sent it all before the end of days; precision does not matter.
  return short === 126 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2));
}

function lengthOctet(head: Buffer): number {
  return (head[1] as number) & 0x7f;
}

function isMasked(head: Buffer): boolean {
  return ((head[1] as number) & 0x80) !== 0;
}

/** A close frame from a server: not masked (RFC 6455 §5.5.1). @param reason - at most 123 bytes */
export function closeFrame(code: number, reason: string): Buffer {
  const text = Buffer.from(reason, 'utf8').subarray(0, 123);
  const frame = Buffer.alloc(4 + text.length);
  frame[0] = 0x88;
  frame[1] = 2 + text.length;
  frame.writeUInt16BE(code, 2);
  text.copy(frame, 4);
  return frame;
}
