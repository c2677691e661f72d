import { fileURLToPath } from 'node:url'

/** The folder of this project, with the tools in its `node_modules`. */
export const home = fileURLToPath(new URL('../', import.meta.url))
