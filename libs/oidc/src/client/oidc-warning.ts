/** Something an operator should know, though nobody was turned away for it. Holds nothing of what the provider wrote. */
export interface OidcWarning {
  readonly provider: string;
  readonly code:
    'METADATA_NOT_RENEWED' | 'KEYS_NOT_RENEWED' | 'GROUPS_NOT_FETCHED' | 'CREDENTIAL_REFUSED' | 'CERTIFICATE_ENDS';
  readonly message: string;
}

export type Warn = (code: OidcWarning['code'], message: string) => void;
