import type { Explanation } from './explain-request.js';

const OUTCOMES: Readonly<Record<Explanation['outcome'], string>> = {
  refused: 'is refused',
  own: 'is answered by the gateway',
  'sign-in': 'is asked to sign in',
  depends: 'passes where the session allows it',
  forwarded: 'passes',
};

/** For people. @param place where the route stands in the file */
export function explainLines(explanation: Explanation, place: string | undefined): string[] {
  const { request, outcome, status, because, route, upstream, sends, limits, onStoreDown } = explanation;
  const cookie = request.cookie ? ' with a session cookie' : '';
  const head = `${request.method} ${request.target}${cookie} ${OUTCOMES[outcome]}${status === undefined ? '' : ` (${status})`}`;
  return [
    head,
    ...because.map((sentence) => `  ${sentence}`),
    ...(route ? [`  route      ${route.id}${place === undefined ? '' : ` (${place})`}`] : []),
    ...(upstream ? [`  upstream   ${upstream.name}: ${upstream.targets.join(', ')} (${upstream.balance})`] : []),
    ...(sends ? [`  sends      ${sends.request}`] : []),
    ...(sends?.identity ?? []).map((header) => `             ${header}`),
    ...(limits
      ? [
          `  limits     connect ${time(limits.connectMs)}, answer ${time(limits.headersMs)}, idle ${time(limits.idleMs)}, body ${bytes(limits.bodyBytes)}, ${limits.retries} more ${limits.retries === 1 ? 'attempt' : 'attempts'}`,
        ]
      : []),
    ...(onStoreDown === undefined
      ? []
      : [`  store down ${onStoreDown === 'deny' ? '503 with Retry-After' : onStoreDown}`]),
  ];
}

export function time(ms: number): string {
  if (ms === 0) return 'no limit';
  const [size, unit] = (
    [
      [3_600_000, 'h'],
      [60_000, 'min'],
      [1_000, 's'],
    ] as const
  ).find(([one]) => ms >= one && ms % one === 0) ?? [1, 'ms'];
  return `${ms / size} ${unit}`;
}

function bytes(count: number): string {
  const [size, unit] = (
    [
      [1_024 ** 3, 'GiB'],
      [1_024 ** 2, 'MiB'],
      [1_024, 'KiB'],
    ] as const
  ).find(([one]) => count >= one) ?? [1, 'B'];
  return `${Math.round((count / size) * 10) / 10} ${unit}`;
}
