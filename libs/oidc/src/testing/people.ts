import { randomUUID } from 'node:crypto';

/** Somebody with an account at the scripted provider. */
export interface Person {
  /** What a test calls them; also accepted as `login_hint`. */
  readonly handle: string;
  readonly subject: string;
  /** Entra `oid`. */
  readonly objectId: string;
  /** Entra `tid`: the tenant they sign in from. */
  readonly tenantId: string;
  readonly email?: string;
  /** Sent as `email_verified`; left out when undefined, as Entra does. */
  readonly emailVerified?: boolean;
  readonly displayName: string;
  readonly username: string;
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  readonly amr: readonly string[];
  readonly acr?: string;
  /** Entra's `login_hint` claim. */
  readonly loginHint: string;
  /** Added to (or, with `undefined`, taken from) each token about this person. */
  readonly extraClaims: Readonly<Record<string, unknown>>;
}

/** The accounts of the scripted provider. The first one added is the one who signs in until another is chosen. */
export class People {
  private readonly all: Person[] = [];
  private readonly disabled = new Set<string>();
  private chosen?: string;

  constructor(private readonly homeTenant: string) {}

  /** Adds somebody; whatever is left out gets a valid, unique value. */
  add(given: Partial<Person> = {}): Person {
    const handle = given.handle ?? `person-${this.all.length + 1}`;
    if (this.find(handle)) throw new Error(`There is already a person called ${handle}`);
    const person: Person = {
      handle,
      subject: `sub-${randomUUID()}`,
      objectId: randomUUID(),
      tenantId: this.homeTenant,
      email: `${handle}@example.test`,
      displayName: handle,
      username: `${handle}@example.test`,
      roles: [],
      groups: [],
      amr: ['pwd'],
      loginHint: `hint-${handle}`,
      extraClaims: {},
      ...given,
    };
    this.all.push(person);
    return person;
  }

  /** Changes what the next tokens say about somebody, e.g. roles given or taken away. */
  change(person: Person | string, changes: Partial<Omit<Person, 'handle'>>): Person {
    const index = this.all.findIndex(({ handle }) => handle === handleOf(person));
    const before = this.all[index];
    if (!before) throw new Error(`Nobody is called ${handleOf(person)}`);
    return (this.all[index] = { ...before, ...changes });
  }

  /** By handle, e-mail, username or `login_hint` claim. */
  find(hint: string): Person | undefined {
    return this.all.find((person) => [person.handle, person.email, person.username, person.loginHint].includes(hint));
  }

  known(person: Person | string): Person {
    const found = this.find(handleOf(person));
    if (!found) throw new Error(`Nobody is called ${handleOf(person)}`);
    return found;
  }

  /** Whoever is named, else the current person, else a new one. */
  someone(person?: Person | string): Person {
    return this.known(person ?? this.current() ?? this.add());
  }

  bySubject(subject: string): Person | undefined {
    return this.all.find((person) => person.subject === subject);
  }

  /** Who signs in at the authorize endpoint from now on, where no `login_hint` names somebody. */
  choose(person: Person | string): void {
    this.chosen = handleOf(person);
  }

  current(): Person | undefined {
    return this.chosen === undefined ? this.all[0] : this.find(this.chosen);
  }

  /** No further sign-in (`access_denied`) and no further refresh (`invalid_grant`). */
  disable(person: Person | string): void {
    this.disabled.add(handleOf(person));
  }

  enable(person: Person | string): void {
    this.disabled.delete(handleOf(person));
  }

  isDisabled(person: Person): boolean {
    return this.disabled.has(person.handle);
  }
}

function handleOf(person: Person | string): string {
  return typeof person === 'string' ? person : person.handle;
}
