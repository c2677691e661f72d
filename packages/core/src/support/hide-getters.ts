/**
 * Keeps what the getters of a prototype return out of every printed form. Called with `showHidden` and
 * `getters`, as by `console.dir`, `util.inspect` lists the members of a prototype, unless it takes it for a
 * built-in one by the name of its constructor. Reading a getter by its name still works.
 */
export function hideGetters(prototype: object): void {
  Object.defineProperty(prototype, 'constructor', { value: Object, enumerable: false })
}
