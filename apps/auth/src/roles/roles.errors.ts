import { AppError } from '@gatehouse/failures';

export class RoleNotFound extends AppError {
  readonly code = 'ROLE_NOT_FOUND';
  constructor() {
    super('no role of that name is defined');
  }
}

/** A role that is not defined was to be given to somebody. */
export class UnknownRole extends AppError {
  readonly code = 'UNKNOWN_ROLE';
  constructor() {
    super('a role that is not defined was to be given');
  }
}

export class RoleExists extends AppError {
  readonly code = 'ROLE_EXISTS';
  constructor() {
    super('a role of that name is defined');
  }
}

export class RoleInUse extends AppError {
  readonly code = 'ROLE_IN_USE';
  constructor() {
    super('the role is built in or held by somebody');
  }
}

export class RoleTooWide extends AppError {
  readonly code = 'ROLE_TOO_WIDE';
  constructor() {
    super('more people hold the role than one change may touch');
  }
}

/** Somebody was about to give away more than they have, or to change somebody who has more. */
export class BeyondOwnRights extends AppError {
  readonly code = 'BEYOND_OWN_RIGHTS';
  constructor() {
    super('the change concerns rights that the one who makes it does not have');
  }
}

export class LastAdmin extends AppError {
  readonly code = 'LAST_ADMIN';
  constructor() {
    super('nobody would be left who can administer');
  }
}
