/** Our own address, as browsers see it. */
export class Site {
  constructor(readonly publicUrl: URL) {}

  get origin(): string {
    return this.publicUrl.origin;
  }
}
