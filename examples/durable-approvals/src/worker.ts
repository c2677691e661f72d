import { createAgent } from './agent.ts'
import { serve } from './serve.ts'

serve(createAgent())
