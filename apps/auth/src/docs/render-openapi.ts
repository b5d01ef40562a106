import { openApiDocument } from '@gatehouse/nest-kit';
import type { INestApplication } from '@nestjs/common';
import { AUTH_DOCS } from './auth-docs.js';

/** The OpenAPI document as it is committed: a change of the API shows in review. */
export function renderOpenApi(app: INestApplication): string {
  return `${JSON.stringify(openApiDocument(app, AUTH_DOCS), null, 2)}\n`;
}
