import { z } from 'zod';
import { duration, oneOf, origin, ruled, wholeNumber } from './scalars.js';

/** A service behind the gateway. */
export const upstream = z
  .strictObject({
    targets: z
      .array(origin('http', 'https'))
      .min(1, { error: 'must name at least one target' })
      .max(100)
      .describe('Its instances. What is sent there is the path of the request'),
    balance: oneOf('least-requests', 'round-robin')
      .describe('Which instance gets a request')
      .prefault('least-requests'),
    maxConnections: wholeNumber(1, 10_000).describe('To each instance; further requests wait for one').prefault(256),
    keepAlive: duration('500ms', '10m')
      .describe('How long a connection that nobody uses is kept; shorter than the instances keep it')
      .prefault('4s'),
    health: z
      .strictObject({
        path: ruled(/^\/[!-~]*$/, 'a path that begins with /').describe('What is asked for'),
        every: duration('1s', '10m').describe('How often').prefault('5s'),
        timeout: duration('100ms', '30s').describe('An answer that takes longer is none').prefault('2s'),
        unhealthyAfter: wholeNumber(1, 20).describe('Failures in a row until an instance is left out').prefault(3),
        healthyAfter: wholeNumber(1, 20).describe('Answers in a row until it is back').prefault(2),
      })
      .describe('Asks each instance how it is. Absent: it is told by the answers to requests alone')
      .optional(),
    ejection: z
      .strictObject({
        errors: wholeNumber(1, 1_000).describe('Failures in a row until an instance is left out').prefault(5),
        for: duration('1s', '10m').describe('For how long; at most half of the instances at a time').prefault('30s'),
      })
      .prefault({}),
    breaker: z
      .strictObject({
        errors: wholeNumber(1, 1_000).describe('Failures in a row until nothing is sent any more').prefault(20),
        open: duration('1s', '10m').describe('For how long, until one request is let through to see').prefault('30s'),
      })
      .prefault({}),
  })
  .describe('A service behind the gateway');
