import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { AdminOnly } from '../access/admin.decorator.js';
import { ListValidators, type ListedValidator } from './list-validators.js';
import { ValidatorListDto, type ValidatorDto } from './validators.dto.js';

@AdminOnly('admin:validators')
@Controller('api/v1/admin/validators')
export class ValidatorsController {
  constructor(@Inject(ListValidators) private readonly listValidators: ListValidators) {}

  @Get()
  @ApiOperation({
    summary: 'Which validators there are, and how far each has come in the feed',
    description: 'Those that end in good order disappear at once, others ten minutes later.',
  })
  @ApiData(ValidatorListDto)
  @ApiFailures('SESSION_ERROR', 'FEED_STALE')
  async list(): Promise<ValidatorListDto> {
    const { feed, validators, full } = await this.listValidators.run();
    return {
      feed: feed ? { epoch: feed.epoch, position: feed.position } : null,
      validators: validators.map(toDto),
      expected_count: validators.filter(({ validator }) => validator.expected).length,
      full,
    };
  }
}

function toDto({ validator, lagMs }: ListedValidator): ValidatorDto {
  return {
    instance_id: validator.id,
    instance_name: validator.name,
    service: validator.service === '' ? null : validator.service,
    version: validator.version,
    mode: validator.mode,
    epoch: validator.place.epoch,
    applied_position: validator.place.position,
    lag_seconds: lagMs === undefined ? null : lagMs / 1_000,
    last_report_at: new Date(validator.heardAtMs).toISOString(),
    expected: validator.expected,
    entries_not_understood: validator.notUnderstood,
  };
}
