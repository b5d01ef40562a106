import { AppError } from '@gatehouse/failures';
import type { FastifyInstance } from 'fastify';
import { FormText } from '../form-text.js';

const FORM = 'application/x-www-form-urlencoded';
const MAX_FORM_BYTES = 32_768;

/** The routes a form may be sent to: our own button, and a provider's logout token. */
const ROUTES: ReadonlySet<string> = new Set(['/_gw/logout', '/_gw/oidc/:provider/backchannel']);

/** A form on a route that takes none: pages of other sites can send one without asking first. */
class FormNotTaken extends AppError {
  readonly code = 'UNSUPPORTED_MEDIA_TYPE';
}

/** Lets these routes, and no others, take a form. Its text is taken apart by whoever reads it. */
export function takeForms(fastify: FastifyInstance): void {
  fastify.addContentTypeParser<string>(
    FORM,
    { parseAs: 'string', bodyLimit: MAX_FORM_BYTES },
    (request, text, done) => {
      if (ROUTES.has(request.routeOptions.url ?? '')) done(null, new FormText(text));
      else done(new FormNotTaken('a form was sent'));
    },
  );
}
