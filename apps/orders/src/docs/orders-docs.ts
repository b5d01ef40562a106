import { openApiDocument, type DocsOptions } from '@gatehouse/nest-kit';
import type { INestApplication } from '@nestjs/common';

export const VERSION = '0.1.0';

export const ORDERS_DOCS: DocsOptions = {
  title: 'Gatehouse sample: orders',
  version: VERSION,
  description:
    'A service that checks access tokens by itself, with the session-validator library. Orders are seen by their owner only.',
  tags: {
    Orders: 'What you have ordered',
    Greeting: 'The smallest guarded route, and the smallest open one',
    Operation: 'For orchestrators and dashboards',
  },
};

/** The OpenAPI document as it is committed: a change of the API shows in review. */
export function renderOpenApi(app: INestApplication): string {
  return `${JSON.stringify(openApiDocument(app, ORDERS_DOCS), null, 2)}\n`;
}
