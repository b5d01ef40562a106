import { basename } from 'node:path';
import { describeFault } from '../config/config-fault.js';
import type { GatewaySettings } from '../config/gateway-settings.js';
import type { ExaminedGateway } from '../config/load-gateway-settings.js';
import { time } from './explain-lines.js';

/** What `check` tells people: what is wrong, or what will be. */
export function checkLines({ file, settings, faults, notes }: ExaminedGateway): string[] {
  const name = basename(file);
  const remarks = notes.map((note) => `  note: ${describeFault(name, note)}`);
  if (!settings) {
    const count = `${faults.length} ${faults.length === 1 ? 'thing' : 'things'}`;
    return [
      `${name} cannot be used: ${count} to mend`,
      ...faults.map((fault) => `  ${describeFault(name, fault)}`),
      ...remarks,
    ];
  }
  return [`${name} is sound`, ...summaryOf(settings).map((line) => `  ${line}`), ...remarks];
}

function summaryOf(settings: GatewaySettings): string[] {
  const { server, providers, defaultProvider, session, routing } = settings;
  const use = (name: string) => (name === defaultProvider ? `${name} (for pages)` : name);
  const open = routing.table.routes.filter(({ access }) => access.kind === 'none').map(({ id }) => id);
  return [
    `listens     ${server.host}:${server.port}, known as ${server.publicUrl.origin}`,
    `providers   ${[...providers.keys()].map(use).join(', ')}${defaultProvider === undefined ? ' (people choose)' : ''}`,
    `sessions    ${session.store}, end after ${time(session.idleMs)} untouched, ${time(session.absoluteMs)} at most`,
    `upstreams   ${routing.upstreams.map(({ name, targets }) => `${name} (${targets.length})`).join(', ') || 'none'}`,
    `routes      ${routing.table.routes.length}, the rest is refused`,
    `for all     ${open.join(', ') || 'nothing: every route needs a session'}`,
  ];
}
