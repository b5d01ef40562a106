import 'reflect-metadata';
import { serve } from '@gatehouse/nest-kit';
import { InvalidConfiguration } from '@gatehouse/session-validator';
import { basename } from 'node:path';
import { buildGateway } from './build-gateway.js';
import { describeFault, GatewayConfigRefused } from './config/config-fault.js';
import { examineGateway } from './config/load-gateway-settings.js';
import { ReloadRouting } from './config/reload-routing.js';
import { reloadOnChange } from './config/reload-triggers.js';

const FIRST_LIST_PATIENCE_MS = 2_000;

try {
  const { env } = process;
  const found = examineGateway(env);
  const { settings, file, faults, notes } = found;
  if (!settings) throw new GatewayConfigRefused(basename(file), faults);
  const { app, drain, logger, metrics, validator, swap } = await buildGateway(settings);
  for (const note of notes) logger.warn('worth a look', { note: describeFault(basename(file), note) });
  const reload = new ReloadRouting({ examine: () => examineGateway(env), swap, logger, metrics }, found);
  drain.signal.addEventListener('abort', reloadOnChange(reload, file));
  // A moment's patience, so that an instance that is replaced does not answer 503 before its first complete list. Where the
  // feed is away it starts all the same.
  await validator.ready(FIRST_LIST_PATIENCE_MS);
  const { host, port, drainDelayMs, drainDeadlineMs } = settings.server;
  // What is proxied is cut at the deadline; the rest of the second is for saying so.
  await serve(app, { host, port, drain, logger, drainDelayMs, graceMs: drainDeadlineMs + 1_000 });
} catch (error) {
  if (!(error instanceof GatewayConfigRefused) && !(error instanceof InvalidConfiguration)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
