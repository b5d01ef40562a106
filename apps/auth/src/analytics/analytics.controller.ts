import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { applyDecorators, Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { AdminOnly } from '../access/admin.decorator.js';
import { ReportDto, ReportQuery, toReportDto, toReportRequest } from './analytics.dto.js';
import type { ReportName } from './reports.js';
import { ShowReport } from './show-report.js';

const Report = (report: ReportName, summary: string) =>
  applyDecorators(
    Get(report),
    ApiOperation({ summary }),
    ApiData(ReportDto),
    ApiFailures('VALIDATION_ERROR', 'SESSION_ERROR', 'FEED_STALE', 'DEGRADED_UNAVAILABLE'),
  );

/** Figures hold no person: looking at them is no event of the audit log. */
@AdminOnly('admin:analytics')
@Controller('api/v1/admin/analytics')
export class AnalyticsController {
  constructor(@Inject(ShowReport) private readonly showReport: ShowReport) {}

  @Report('sessions', 'Sessions opened and ended, by hour or day')
  sessions(@Query() query: ReportQuery): Promise<ReportDto> {
    return this.show('sessions', query);
  }

  @Report('logins', 'Sign-ins that succeeded, failed or were held off, by hour or day')
  logins(@Query() query: ReportQuery): Promise<ReportDto> {
    return this.show('logins', query);
  }

  @Report('revocations', 'What was revoked, by hour or day')
  revocations(@Query() query: ReportQuery): Promise<ReportDto> {
    return this.show('revocations', query);
  }

  @Report('devices', 'Devices that became known and that were removed, by hour or day')
  devices(@Query() query: ReportQuery): Promise<ReportDto> {
    return this.show('devices', query);
  }

  private async show(report: ReportName, query: ReportQuery): Promise<ReportDto> {
    const request = toReportRequest(query);
    return toReportDto(await this.showReport.run({ report, ...request }), request.step);
  }
}
