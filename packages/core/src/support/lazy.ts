/**
 * A part of the client that most programs never use: loaded when it is first wanted, once for all
 * who want it meanwhile, and again after a load that failed.
 */
export type Lazy<Part> = () => Promise<Part>

/** What it throws when the part cannot be loaded is made by `failed`. Default: the failure itself. */
export function lazy<Part>(
  load: () => Promise<Part>,
  failed: (cause: unknown) => unknown = (cause) => cause,
): Lazy<Part> {
  let part: Promise<Part> | undefined
  return () => {
    part ??= load().catch((cause: unknown) => {
      part = undefined
      throw failed(cause)
    })
    return part
  }
}

/** The words for a part that cannot be loaded: the disk is gone, or too many files are open. */
export const notLoaded = {
  message: 'A part of @authsec/core could not be loaded, so nothing was done.',
  hint: 'See the code of the cause: install the package again, or allow more open files.',
}
