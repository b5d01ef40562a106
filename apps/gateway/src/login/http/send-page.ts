import type { FastifyReply } from 'fastify';
import { type Page, pagePolicy, renderPage } from '../pages/page.js';
import type { Site } from '../site.js';

/** @param formTargets - see {@link pagePolicy} */
export async function sendPage(
  reply: FastifyReply,
  site: Site,
  status: number,
  page: Page,
  formTargets?: readonly string[],
): Promise<void> {
  await reply
    .status(status)
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', pagePolicy(formTargets))
    .send(renderPage(page, site.publicUrl.host));
}
