import type { ConfigFault, FaultPath } from './config-fault.js';
import type { Locate } from './read-yaml.js';

/** Collects what is wrong (faults) and what somebody should know (notes), with its place in the file. */
export class Findings {
  readonly faults: ConfigFault[] = [];
  readonly notes: ConfigFault[] = [];

  constructor(private readonly locate: Locate) {}

  fault(path: FaultPath, message: string): void {
    this.faults.push({ path, ...this.locate(path), message });
  }

  note(path: FaultPath, message: string): void {
    this.notes.push({ path, ...this.locate(path), message });
  }

  /** Of the environment, which has no place in the file. */
  outside(message: string): void {
    this.faults.push({ path: [], message });
  }

  add(faults: readonly ConfigFault[]): void {
    this.faults.push(...faults);
  }
}
