// How a group of token vectors is written down: one validator, and tokens that are accepted or refused by it.
import { claims, NOW, principal, standardValidator, token } from './claims.mjs';

export class TokenGroup {
  vectors = [];

  /**
   * @param id - prefix of the vectors' ids
   * @param rows - requirements the group is about
   * @param validator - settings, as the README of the vectors has them
   * @param control - a token this validator accepts. Every group begins with one: the refused tokens differ from it in
   *   what they name and in nothing else
   */
  constructor(id, rows, title, validator = standardValidator(), control = token()) {
    Object.assign(this, { id, rows, title, validator });
    this.accept('control', 'a good token, so that the refusals are about what they name', control);
  }

  /** `changes` are those made to the claims, for the principal. */
  accept(id, title, text, changes = {}, nowMs = NOW * 1000) {
    return this.add(id, title, text, { verdict: 'accepted', principal: principal(changes) }, nowMs);
  }

  refuse(id, title, text, reason = 'TOKEN_INVALID', nowMs = NOW * 1000) {
    return this.add(id, title, text, { verdict: 'refused', reason }, nowMs);
  }

  toJSON() {
    const { id, rows, title, validator, vectors } = this;
    return { id, rows, title, validator, vectors };
  }

  add(id, title, text, expected, nowMs) {
    this.vectors.push({ id: `${this.id}/${id}`, title, now_ms: nowMs, token: text, expected });
    return this;
  }
}

/** The text of good claims with something put in front of the first member, for what an object cannot say. */
export const claimsTextWith = (members) => `{${members},${JSON.stringify(claims()).slice(1)}`;
