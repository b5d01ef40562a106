import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { examineGateway, type ExaminedGateway } from '../config/load-gateway-settings.js';
import { describeFault } from '../config/config-fault.js';
import { checkLines } from './check-lines.js';
import { explainLines } from './explain-lines.js';
import { explainRequest } from './explain-request.js';

/** 0 all is well, 1 a fault or a refusal, 2 wrong usage or no such file. */
export type ExitCode = 0 | 1 | 2;

export interface Surroundings {
  /** Without `node` and the program. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const HELP = `gateway check [file] [--json]
    Whether the gateway would start with this file and this environment; all that is wrong in one list.
gateway explain METHOD TARGET [--file file] [--cookie-present] [--json]
    What becomes of a request: which route and why, what is asked of the caller, what is sent where, limits.

The file is GATEWAY_CONFIG, or gateway.yaml. Variables it names come from the environment; node --env-file=name helps.
Ends with 0 when all is well, 1 on a fault or where the request is refused, 2 on wrong usage or a file that is not there.
No output holds a secret or the value of a variable.

  gateway check docker/gateway/gateway.yaml
  gateway explain GET /api/orders/7 --cookie-present
`;

const METHOD = /^[A-Za-z]{1,20}$/;

/** Runs one command line. Never throws on what was typed or written. */
export function runGatewayCli(surroundings: Surroundings): ExitCode {
  const { args, out, err } = surroundings;
  const given = parsed(args);
  if (!given) return usage(err);
  const { values, positionals } = given;
  const [command, ...rest] = positionals;
  if (values.help || command === 'help') {
    out(HELP);
    return 0;
  }
  if (command === 'check' && rest.length <= 1 && values.file === undefined)
    return check(surroundings, rest[0], values.json);
  const [method, target] = rest;
  if (
    command !== 'explain' ||
    rest.length !== 2 ||
    method === undefined ||
    target === undefined ||
    !METHOD.test(method)
  ) {
    return usage(err);
  }
  const request = { method: method.toUpperCase(), target, cookie: values['cookie-present'] };
  const examined = examineGateway(surroundings.env, values.file);
  if (!examined.settings) return answer(examined, values.json, out);
  const explanation = explainRequest(examined.settings, request);
  const { line } = examined.locate(['routes', explanation.route?.index ?? -1]);
  const place = explanation.route && line !== undefined ? `${basename(examined.file)}:${line}` : undefined;
  if (values.json) out(json(place === undefined ? explanation : { ...explanation, place }));
  else out(readable(explainLines(explanation, place)));
  return explanation.outcome === 'refused' ? 1 : 0;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        'cookie-present': { type: 'boolean', default: false },
        file: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch {
    return undefined;
  }
}

/** What was typed is not repeated: it may be a token in the wrong place. */
function usage(err: (text: string) => void): ExitCode {
  err(`That is no command line of the gateway.\n\n${HELP}`);
  return 2;
}

function check({ env, out }: Surroundings, file: string | undefined, asJson: boolean): ExitCode {
  return answer(examineGateway(env, file), asJson, out);
}

function answer(examined: ExaminedGateway, asJson: boolean, out: (text: string) => void): ExitCode {
  const { file, settings, faults, notes } = examined;
  if (asJson) {
    const told = (list: typeof faults) =>
      list.map((fault) => ({ ...fault, text: describeFault(basename(file), fault) }));
    out(json({ ok: settings !== undefined, file, faults: told(faults), notes: told(notes) }));
  } else out(readable(checkLines(examined)));
  if (settings) return 0;
  return examined.isRead ? 1 : 2;
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** What comes out of a file or off a command line cannot steer the terminal. */
const readable = (lines: readonly string[]) =>
  lines.map((line) => `${line.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\ufffd')}\n`).join('');
