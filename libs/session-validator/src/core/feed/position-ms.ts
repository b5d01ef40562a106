/** The writer's clock when it wrote the record at this position, in milliseconds since the epoch. */
export function positionMs(position: string): number {
  return Number(position.split('-')[0]);
}
