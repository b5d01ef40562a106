/** What somebody wants to buy. */
export interface NewOrder {
  readonly id: string;
  readonly userId: number;
  readonly item: string;
  readonly quantity: number;
  readonly note: string | null;
}

export interface Order extends NewOrder {
  /** Grows with each order of the service; what pages are counted by. */
  readonly sequence: number;
  readonly status: 'placed' | 'cancelled';
  readonly createdAtMs: number;
}
