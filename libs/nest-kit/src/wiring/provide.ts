import type { FactoryProvider, InjectionToken, Provider } from '@nestjs/common';

/** What stands for a need of type `T`: the class that is or describes it, or a name. */
export type NeedOf<T> = (abstract new (...args: never[]) => T) | symbol | string;
type NeedsOf<A extends readonly unknown[]> = { readonly [K in keyof A]: NeedOf<A[K]> };

/**
 * A provider for a plain class: its needs, in the order of the constructor. The list is checked against the constructor, so
 * a need that moved or went does not compile; and no decorator has to stand in a class that knows no framework.
 */
export function provide<A extends readonly unknown[], T>(
  Class: new (...needs: A) => T,
  needs: NeedsOf<A>,
): FactoryProvider<T> {
  return {
    provide: Class,
    inject: [...needs] as InjectionToken[],
    useFactory: (...given: unknown[]) => new Class(...(given as unknown as A)),
  };
}

/** Fills a port with an adapter that stands already. */
export function bind<T>(port: NeedOf<T>, adapter: T): Provider<T> {
  return { provide: port as InjectionToken<T>, useValue: adapter };
}
