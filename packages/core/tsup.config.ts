import { library } from '../../tsup.base.ts'

export default library(
  'src/index.ts',
  'src/tool.ts',
  'src/cloud.ts',
  'src/store.ts',
  'src/audit.ts',
  'src/adapter.ts',
  'src/error-codes.ts',
)
