import { BlockList, isIP } from 'node:net';
import { buildMessage, ValidateBy, type ValidationOptions } from 'class-validator';

const BITS: Readonly<Record<number, number>> = { 4: 32, 6: 128 };
const family = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6');

/** A range of addresses: `203.0.113.0/24`, `2001:db8::/48`, or a single one. */
export class Network {
  private constructor(private readonly range: BlockList) {}

  /** @returns `undefined` for what is none. Bits behind the prefix do not matter. */
  static parse(text: string): Network | undefined {
    const [address = '', bits, ...rest] = text.split('/');
    const longest = address.includes('%') ? undefined : BITS[isIP(address)];
    if (longest === undefined || rest.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return undefined;
    const prefix = Number(bits ?? longest);
    if (prefix > longest) return undefined;
    const range = new BlockList();
    range.addSubnet(address, prefix, family(address));
    return new Network(range);
  }

  /** Whether the address lies in it. An IPv4 address is one however it is written. */
  includes(address: string): boolean {
    return isIP(address) !== 0 && this.range.check(address, family(address));
  }
}

/** A text that {@link Network.parse} takes. */
export function IsNetwork(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isNetwork',
      validator: {
        validate: (value: unknown) => typeof value === 'string' && Network.parse(value) !== undefined,
        defaultMessage: buildMessage(
          (prefix) => `${prefix}$property must be a network such as 203.0.113.0/24`,
          options,
        ),
      },
    },
    options,
  );
}
