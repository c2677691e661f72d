import { z } from 'zod'

/** An operation for the files here that only the compiler reads. */
export const record = {
  name: 'vault',
  description: 'One record.',
  path: 'records/{id}',
  params: z.object({ id: z.string() }),
}
