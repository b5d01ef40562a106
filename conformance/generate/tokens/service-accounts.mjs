// J16: a token of a service account has no person behind it, and none must ever be seen there.
import { standardValidator, token } from '../claims.mjs';
import { TokenGroup } from '../group.mjs';

const service = { sub: 'svc_reports', client_id: 'svc_reports', amr: [], acr: 'service', roles: ['reporter'] };

function personsOnly() {
  return new TokenGroup('J16', ['J16'], 'a service account is refused where nobody said that it will do')
    .refuse('service', 'a service account', token(service))
    .refuse(
      'service-with-roles',
      'a service account with the roles of a person',
      token({ ...service, roles: ['user'] }),
    );
}

function servicesToo() {
  const validator = { ...standardValidator(), service_accounts: true };
  return new TokenGroup('J16-services', ['J16', 'J7'], 'where it will do, it is known for what it is', validator)
    .accept('service', 'a service account', token(service), service)
    .accept('longest', 'an id of 64 characters', ...same(`svc_${'aZ0_-'.repeat(12)}`))
    .refuse('another-client', 'a service account, issued to another client', token({ ...service, client_id: 'web' }))
    .refuse('another-service', 'to another service account', token({ ...service, client_id: 'svc_orders' }))
    .refuse('other-name', 'a client that is no service account', token({ ...service, sub: 'web', client_id: 'web' }))
    .refuse('bare-prefix', 'the prefix alone', same('svc_')[0])
    .refuse('too-long', 'an id of 65 characters', same(`svc_${'a'.repeat(61)}`)[0])
    .refuse('case', 'the prefix in upper case', same('SVC_reports')[0])
    .refuse('space', 'a space in it', same('svc_a b')[0])
    .refuse('newline', 'a line end behind it', same('svc_reports\n')[0])
    .accept('numeric-client', 'a person, at a client with a number for a name', ...person({ client_id: '7' }))
    .accept('service-client', 'a person, at a client named like a service', ...person({ client_id: 'svc_reports' }));
}

function same(id) {
  const changes = { ...service, sub: id, client_id: id };
  return [token(changes), changes];
}

function person(changes) {
  return [token(changes), changes];
}

export const serviceAccountGroups = () => [personsOnly(), servicesToo()];
