import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors, type InteractionResults } from 'oidc-provider';
import { choosePersonPage, problemPage } from '../pages/pages.js';
import { people, personCalled, subjectOf, type DevPerson } from '../people/people.js';
import type { Tenant } from '../tenants/tenant-provider.js';
import { formBody } from './form-body.js';
import { sendPage } from './send-page.js';

/** The page on which somebody is chosen, and what follows from the choice. */
export class SignIn {
  constructor(private readonly clientId: string) {}

  async run(tenant: Tenant, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const result =
        request.method === 'POST' ? await this.chosen(tenant, request) : await this.known(tenant, request, response);
      if (result) await tenant.provider.interactionFinished(request, response, result);
      else sendPage(response, 200, choosePersonPage(this.peopleOf(tenant), this.clientId));
    } catch (error) {
      if (!(error instanceof errors.SessionNotFound)) throw error;
      sendPage(
        response,
        400,
        problemPage('sign_in_expired', 'This sign-in has expired, or it was begun in another browser.'),
      );
    }
  }

  private async chosen(tenant: Tenant, request: IncomingMessage): Promise<InteractionResults | undefined> {
    const form = await formBody(request);
    if (form?.has('cancel')) return { error: 'access_denied', error_description: 'The person chose to cancel.' };
    return this.signedIn(tenant, form?.get('person'));
  }

  /** What needs no page: consent, and a person the request itself names (for tests without a browser). */
  private async known(
    tenant: Tenant,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<InteractionResults | undefined> {
    const { prompt, params } = await tenant.provider.interactionDetails(request, response);
    if (prompt.name === 'consent') return { consent: {} };
    return this.signedIn(tenant, params['person']);
  }

  private signedIn(tenant: Tenant, handle: unknown): InteractionResults | undefined {
    const person = personCalled(typeof handle === 'string' ? handle : undefined);
    if (person?.tenantId !== tenant.id) return undefined;
    return { login: { accountId: subjectOf(person, this.clientId) }, select_account: {} };
  }

  private peopleOf({ id }: Tenant): DevPerson[] {
    return people.filter(({ tenantId }) => tenantId === id);
  }
}
