import { z } from 'zod'
import type { FileConfig } from './config-file.ts'

/** The tools of mock mode without a configuration file: calls of the secure-vault API in the emulator. */
export const vaultConfig: FileConfig = {
  operations: [
    {
      name: 'get_security_metrics',
      description:
        "This week's security figures: logins, MFA, secrets, endpoints, vulnerabilities.",
      path: 'metrics',
      params: z.object({}),
      permission: 'metrics:read',
    },
    {
      name: 'list_vault_records',
      description: 'Incidents, findings, policies and access reviews with severity and status.',
      path: 'records',
      params: z.object({
        clearance: z
          .enum(['internal', 'confidential', 'restricted'])
          .optional()
          .describe('Only records of this clearance.'),
      }),
      permission: 'records:read',
    },
    {
      name: 'get_vault_record',
      description: 'One record by its ID, such as rec-0001.',
      path: 'records/{id}',
      params: z.object({ id: z.string().max(64) }),
      permission: 'records:read',
    },
  ],
}
