import { integer } from '@gatehouse/config';

/** Variables of the audit log. */
export const auditFields = {
  AUDIT_RETENTION_DAYS: integer({ min: 0, max: 36_500 })
    .default('400')
    .describe('Days that audit events are kept; 0 keeps them for ever'),
};
