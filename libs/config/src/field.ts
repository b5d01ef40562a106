import type { z } from 'zod';

/** One setting: how its text is read, what it is when absent, and what to tell about it. */
export interface Field<T> {
  /** Reads the text of the variable. */
  readonly schema: z.ZodType<T, string>;
  /** The rule in words, shown when the text breaks it and in the documentation: "a whole number from 1 to 65535". */
  readonly rule: string;
  readonly description: string;
  /** Text taken when the variable is absent; `undefined` when there is none. */
  readonly fallback: string | undefined;
  /** Absent and without a fallback is a fault. */
  readonly required: boolean;
  /** May also be given as `NAME_FILE`, and is never shown. */
  readonly secret: boolean;

  /** A sentence for the documentation. */
  describe(description: string): Field<T>;
  /** The text to take when the variable is absent, written as it would be in the environment. */
  default(text: string): Field<T>;
  /** May be absent. */
  optional(): Field<T | undefined>;
}

interface Facts {
  readonly rule: string;
  readonly description: string;
  readonly fallback: string | undefined;
  readonly required: boolean;
  readonly secret: boolean;
}

export function field<T>(schema: z.ZodType<T, string>, rule: string, facts: Partial<Facts> = {}): Field<T> {
  const known: Facts = { rule, description: '', fallback: undefined, required: true, secret: false, ...facts };
  return {
    ...known,
    schema,
    describe: (description) => field(schema, rule, { ...known, description }),
    default: (fallback) => field(schema, rule, { ...known, fallback, required: false }),
    optional: () =>
      field<T | undefined>(schema as z.ZodType<T | undefined, string>, rule, { ...known, required: false }),
  };
}
