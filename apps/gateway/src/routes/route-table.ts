import { withoutParameters } from '../paths/path-flaw.js';
import { decodeSegment, type RoutePattern } from './route-pattern.js';
import type { Route, RouteMatch, RouteTable } from './route.js';

/** A route and where it applies. */
export interface RouteEntry {
  readonly pattern: RoutePattern;
  /** In upper case; empty: all. `GET` takes `HEAD` along. */
  readonly methods: readonly string[];
  readonly route: Route;
}

/** The routes of one pattern, by method. */
interface Methods {
  readonly byMethod: Map<string, Route>;
  /** The route of this pattern that names no method. */
  other?: Route;
}

interface Node {
  readonly literals: Map<string, Node>;
  any?: Node;
  exact?: Methods;
  rest?: Methods;
}

const UNKNOWN: RouteMatch = { kind: 'unknown' };

/**
 * The most specific pattern that takes the path decides: compared segment by segment from the left, a text goes before `*`, and
 * both before `/**`. Only then the method: a method the pattern has no route for is refused, and never falls to a wider
 * pattern, which might ask less of the caller.
 *
 * Segments are compared decoded and without parameters: neither `/a%3Ab` nor `/a:b;x` is a way around the route of `/a:b`.
 *
 * A tree of segments without regular expressions; a look-up visits each node at most once, whatever the path is.
 */
export class CompiledRouteTable implements RouteTable {
  readonly routes: readonly Route[];
  private readonly root: Node = newNode();
  private readonly matches = new Map<Route, RouteMatch>();

  /** @param entries without conflicts: where two have the same pattern and method, the later one wins. */
  constructor(readonly entries: readonly RouteEntry[]) {
    this.routes = entries.map(({ route }) => route);
    for (const entry of entries) {
      this.matches.set(entry.route, { kind: 'matched', route: entry.route });
      const methods = this.methodsOf(entry.pattern);
      if (entry.methods.length === 0) methods.other = entry.route;
      for (const method of entry.methods) methods.byMethod.set(method, entry.route);
    }
  }

  match(method: string, path: string): RouteMatch {
    if (!path.startsWith('/')) return UNKNOWN;
    const methods = find(this.root, path, 1);
    if (!methods) return UNKNOWN;
    const { byMethod, other } = methods;
    const route = byMethod.get(method) ?? (method === 'HEAD' ? byMethod.get('GET') : undefined) ?? other;
    if (route) return this.matches.get(route) ?? UNKNOWN;
    return { kind: 'method-not-allowed', allow: allowed(byMethod) };
  }

  private methodsOf({ segments, rest }: RoutePattern): Methods {
    let node = this.root;
    for (const segment of segments) {
      if (segment.kind === 'any') node = node.any ??= newNode();
      else {
        const next: Node = node.literals.get(segment.text) ?? newNode();
        node.literals.set(segment.text, next);
        node = next;
      }
    }
    return rest ? (node.rest ??= { byMethod: new Map() }) : (node.exact ??= { byMethod: new Map() });
  }
}

/** @param from where the next segment begins; beyond the end there is none left. */
function find(node: Node, path: string, from: number): Methods | undefined {
  if (from > path.length) return node.exact ?? node.rest;
  const slash = path.indexOf('/', from);
  const end = slash === -1 ? path.length : slash;
  const literal = node.literals.get(decodeSegment(withoutParameters(path.slice(from, end))));
  if (literal) {
    const found = find(literal, path, end + 1);
    if (found) return found;
  }
  if (node.any && end > from) {
    const found = find(node.any, path, end + 1);
    if (found) return found;
  }
  return node.rest;
}

function newNode(): Node {
  return { literals: new Map() };
}

function allowed(byMethod: Map<string, Route>): string[] {
  const methods = [...byMethod.keys()];
  if (byMethod.has('GET') && !byMethod.has('HEAD')) methods.push('HEAD');
  return methods.sort();
}
