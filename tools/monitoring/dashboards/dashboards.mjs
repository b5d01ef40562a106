import { authOverview } from './auth-overview.mjs';
import { gateway } from './gateway.mjs';
import { mysql } from './mysql.mjs';
import { redis } from './redis.mjs';
import { serviceHealth } from './service-health.mjs';
import { sessionFlow } from './session-flow.mjs';
import { tokenValidation } from './token-validation.mjs';

/** Every dashboard, in the order Grafana's list has them. */
export const DASHBOARDS = [authOverview, tokenValidation, redis, mysql, serviceHealth, sessionFlow, gateway];
