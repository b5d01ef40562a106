/** What the auth service must know to judge the tokens that reach itself. */
export interface AccessSettings {
  /** `iss` of its tokens, an exact string. */
  readonly issuer: string;
  readonly audience: string;
  /** Longest life of an access token, in seconds. */
  readonly maxTokenSeconds: number;
  /** What the tokens are signed with: keys that the root key vouches for, or a shared secret. */
  readonly trust:
    | { readonly kind: 'root-key'; readonly trustAnchor: string }
    | { readonly kind: 'shared-secret'; readonly secret: string };
}
