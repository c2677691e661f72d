/** Cloudflare Workers have neither registries nor weak references before the compatibility date 2025-05-05. */

/** Tells of objects that are garbage. Nothing where nobody learns of it. */
export function createRegistry<T>(
  onGarbage: (held: T) => void,
): FinalizationRegistry<T> | undefined {
  return globalThis.FinalizationRegistry && new FinalizationRegistry(onGarbage)
}

/** A reference that does not keep the object, where there are such. */
export function weakReference<T extends WeakKey>(value: T): Pick<WeakRef<T>, 'deref'> {
  return globalThis.WeakRef ? new WeakRef(value) : { deref: () => value }
}
