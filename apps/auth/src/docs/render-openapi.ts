import { openApiDocument } from '@gatehouse/nest-kit';
import { AUTH_DOCS } from './auth-docs.js';

/** The OpenAPI document as it is committed: a change of the API shows in review. */
export function renderOpenApi(app: Parameters<typeof openApiDocument>[0]): string {
  return `${JSON.stringify(openApiDocument(app, AUTH_DOCS), null, 2)}\n`;
}
