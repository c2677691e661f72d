import manifest from '../package.json' with { type: 'json' }

/** Imported and not read from the disk: the build contains it. */
export const VERSION: string = manifest.version
