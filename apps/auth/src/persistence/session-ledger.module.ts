import { Clock } from '@gatehouse/kernel';
import { SessionLedger } from '@gatehouse/session-store/ledger';
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { PersonalRecordsBook } from '../accounts/personal-records/personal-records.js';
import { pastSessionRecords } from './past-session-records.js';

/** Hands in what the ledger holds about people. */
@Module({})
export class SessionLedgerModule implements OnModuleInit {
  constructor(
    @Inject(PersonalRecordsBook) private readonly book: PersonalRecordsBook,
    @Inject(SessionLedger) private readonly ledger: SessionLedger,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.book.add(pastSessionRecords(this.ledger, this.clock));
  }
}
