import { ValidateBy } from 'class-validator';

/** A day (`2026-01-31`, its start in UTC) or an instant in UTC (`2026-01-31T12:00:00Z`). */
const FORM = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/;

/** Text that names a day or an instant there is. */
export function IsInstant(): PropertyDecorator {
  return ValidateBy({
    name: 'isInstant',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && FORM.test(value) && !Number.isNaN(Date.parse(value)),
      defaultMessage: () => '$property must be a day (2026-01-31) or an instant in UTC (2026-01-31T12:00:00Z)',
    },
  });
}
