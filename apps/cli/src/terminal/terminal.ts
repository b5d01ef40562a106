import { inspect } from 'node:util';

export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  /** As `tty.WriteStream`: knows NO_COLOR, FORCE_COLOR and TERM. */
  hasColors?(): boolean;
}

export type Tint = 'good' | 'bad' | 'doubtful' | 'faint' | 'strong';

const STYLES = { good: 'green', bad: 'red', doubtful: 'yellow', faint: 'gray', strong: 'bold' } as const;

/** Control characters, line ends and the eight-bit ones among them, and those that hide or reorder text. */
const CONTROLS = '\\u0000-\\u001a\\u001c-\\u001f\\u007f-\\u009f\\u200b-\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff';
const ANY_CONTROL = new RegExp(`[\\u001b${CONTROLS}]`, 'g');
/** As above, but lets through what {@link Terminal.tint} writes. */
const ANY_BUT_COLOURS = new RegExp(`\\u001b(?!\\[(?:1|22|3[1239]|90)m)|[${CONTROLS}]`, 'g');

/** Writes answers: lines for people or JSON for programs. What comes from outside cannot steer the terminal. */
export class Terminal {
  private readonly hasColours: boolean;

  constructor(
    private readonly stdout: OutputStream,
    private readonly stderr: OutputStream,
    /** `--json` */
    readonly isJson: boolean,
  ) {
    this.hasColours = !isJson && stdout.isTTY === true && (stdout.hasColors?.() ?? false);
  }

  /** A whole answer: as indented JSON, or as lines. */
  answer(value: unknown, lines: () => readonly string[]): void {
    if (this.isJson) this.stdout.write(`${ascii(JSON.stringify(value, null, 2))}\n`);
    else for (const line of lines()) this.line(line);
  }

  /** One of many: as JSON on one line, or as a line. */
  item(value: unknown, line: () => string): void {
    if (this.isJson) this.stdout.write(`${ascii(JSON.stringify(value))}\n`);
    else this.line(line());
  }

  /** A remark beside the answer, on standard error. */
  note(text: string): void {
    this.stderr.write(`${text.replace(ANY_CONTROL, '\ufffd')}\n`);
  }

  tint(tint: Tint, text: string): string {
    if (!this.hasColours) return text;
    const [begin = 0, end = 0] = inspect.colors[STYLES[tint]] ?? [];
    return `\u001b[${begin}m${text}\u001b[${end}m`;
  }

  private line(text: string): void {
    this.stdout.write(`${text.replace(this.hasColours ? ANY_BUT_COLOURS : ANY_CONTROL, '\ufffd')}\n`);
  }
}

/** JSON allows any character to be spelled out; what stays is safe to print. */
function ascii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
