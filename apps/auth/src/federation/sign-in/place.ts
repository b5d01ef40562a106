/** From where and with what somebody comes; the browser's, also where a service asks for them. */
export interface SignInPlace {
  readonly ipAddress: string;
  readonly userAgent: string;
  readonly requestId: string;
}
