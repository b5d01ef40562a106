import { connect } from 'node:net';

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/**
 * One keep-alive HTTP/1.1 connection with one request in flight. Reads of an answer what a load needs, status and length,
 * so that it costs a fraction of what the measured server does: a generator that is busy makes every server look alike.
 */
export class HttpConnection {
  #socket;
  #rest = Buffer.alloc(0);
  #sentAtMs = 0;
  #pending = false;

  /**
   * @param {{ host: string, port: number }} target
   * @param {(status: number, ms: number) => void} onAnswer - status 0: the connection failed under the request
   */
  constructor(target, onAnswer) {
    this.target = target;
    this.onAnswer = onAnswer;
  }

  async open() {
    const socket = connect({ ...this.target, noDelay: true });
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    this.#socket = socket;
    this.#rest = Buffer.alloc(0);
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (!this.#pending) return;
      this.#pending = false;
      this.onAnswer(0, performance.now() - this.#sentAtMs);
    });
  }

  get isOpen() {
    return this.#socket !== undefined && !this.#socket.destroyed;
  }

  /** @param {Buffer} request - head and all; @param {number} [sinceMs] - when it was due, if that was earlier than now */
  send(request, sinceMs) {
    this.#pending = true;
    this.#sentAtMs = sinceMs ?? performance.now();
    this.#socket.write(request);
  }

  close() {
    this.#pending = false;
    this.#socket?.destroy();
  }

  #read(chunk) {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const end = this.#rest.indexOf(END_OF_HEAD);
    if (end < 0) return;
    const head = this.#rest.latin1Slice(0, end);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    // A chunked answer would need a real parser; no server here sends one.
    if (length === undefined) throw new Error('an answer without content-length');
    const total = end + END_OF_HEAD.length + Number(length);
    if (this.#rest.length < total) return;
    this.#rest = this.#rest.subarray(total);
    this.#pending = false;
    this.onAnswer(Number(head.slice(9, 12)), performance.now() - this.#sentAtMs);
  }
}
