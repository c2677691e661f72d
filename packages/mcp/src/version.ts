import manifest from '../package.json' with { type: 'json' }

/** Imported and not read from the disk: the build and every bundle contain it. */
export const VERSION: string = manifest.version
