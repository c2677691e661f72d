import { library } from '../../tsup.base.ts'

export default library(
  'src/index.ts',
  'src/bin.ts',
  'src/error-codes.ts',
  'src/run-command-line.ts',
  'src/vault/vault-data.ts',
  'src/testing/index.ts',
  'src/testing/vitest.ts',
)
