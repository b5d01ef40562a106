import { type Context, type Link, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

const propagator = new W3CTraceContextPropagator();
/** IPv4 in the dress of IPv6, as a socket that listens on both reports it. */
const MAPPED = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/** Where the trace of a request comes from. */
export interface Origin {
  readonly parent: Context;
  readonly links: Link[];
}

/**
 * Reads `traceparent` (W3C Trace Context). Of a service of ours it is the parent. A stranger's is a link and no more: as a parent it
 * would let anybody put spans into a trace of their choice, and have everything recorded by one bit.
 */
export class TraceHeaders {
  private readonly ours = new BlockList();

  /** @param continueFrom - addresses and networks, checked by whoever read them */
  constructor(continueFrom: readonly string[]) {
    for (const network of continueFrom) {
      const [address = '', bits] = network.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (bits === undefined) this.ours.addAddress(address, family);
      else this.ours.addSubnet(address, Number(bits), family);
    }
  }

  read({ headers, socket }: IncomingMessage): Origin {
    const told = propagator.extract(ROOT_CONTEXT, headers, {
      keys: (carrier) => Object.keys(carrier),
      get: (carrier, name) => carrier[name],
    });
    const context = trace.getSpanContext(told);
    if (!context) return { parent: ROOT_CONTEXT, links: [] };
    if (this.isOurs(socket.remoteAddress)) return { parent: told, links: [] };
    const { traceId, spanId, traceFlags } = context;
    return { parent: ROOT_CONTEXT, links: [{ context: { traceId, spanId, traceFlags, isRemote: true } }] };
  }

  write(context: Context): [name: string, value: string][] {
    const headers: [string, string][] = [];
    propagator.inject(context, headers, { set: (carrier, name, value) => carrier.push([name, value]) });
    return headers;
  }

  private isOurs(address = ''): boolean {
    const plain = address.replace(MAPPED, '');
    const version = isIP(plain);
    return version !== 0 && this.ours.check(plain, version === 6 ? 'ipv6' : 'ipv4');
  }
}
