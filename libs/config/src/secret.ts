import { inspect } from 'node:util';

/** A value that does not show itself: printing, logging or serialising it gives `[secret]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

const PLACEHOLDERS = ['changeme', 'change-me', 'secret', 'password', 'example', 'default', 'your-', 'replace', 'todo'];

/** Why a text is no secret, or `undefined`. It tells the rule, never the text. */
export function whyNoSecret(text: string, minBytes: number): string | undefined {
  if (Buffer.byteLength(text) < minBytes) return `must be at least ${minBytes} bytes long`;
  if (new Set(text).size < Math.min(8, minBytes)) return 'repeats the same few characters';
  const lower = text.toLowerCase();
  if (PLACEHOLDERS.some((word) => lower.startsWith(word))) return 'is a placeholder, not a secret';
  return undefined;
}
