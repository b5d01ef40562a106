/** Version of this package, as it is told in receipts. A test holds it to `package.json`. */
export const VERSION = '0.1.0';
