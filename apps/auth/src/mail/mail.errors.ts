import { AppError } from '@gatehouse/failures';

/** What was asked for needs mail, and this service has no mail server. */
export class MailNotSetUp extends AppError {
  readonly code = 'MAIL_NOT_SET_UP';
  constructor() {
    super('no mail server is configured');
  }
}
