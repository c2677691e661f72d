import type { TokenCredential } from '@azure/core-auth'
import {
  bearerTokenAuthenticationPolicy,
  createHttpHeaders,
  createPipelineRequest,
} from '@azure/core-rest-pipeline'
import { OAuth2Client } from 'google-auth-library'
import { compare, compareCheckouts } from '../measuring/figures.ts'
import { measure, oneByOne, type Subject } from '../measuring/measure.ts'
import type { Scenario } from '../scenario.ts'
import { socketlessClient } from '../world/clients.ts'

const HOUR = 3_600_000

/** What a token costs that is in memory and valid. */
export const getter: Scenario = {
  name: 'getter',
  method:
    "A token that is in memory and valid, again and again: `getDelegationToken()`, google-auth-library's `getAccessToken()`, and the `bearerTokenAuthenticationPolicy` of @azure/core-rest-pipeline, which also sets a header.",
  async run({ checkouts, pace }) {
    const clients = checkouts.map(({ label, core }) => {
      return { label, client: socketlessClient(core, '{}') }
    })
    const ours = clients.map(({ label, client }) => ({
      name: `getDelegationToken${label}`,
      run: oneByOne(() => client.getDelegationToken()),
    }))
    const measured = await measure([google(), azure(), ...ours], pace)
    for (const { client } of clients) await client.close()
    const [googles, azures, ...rest] = measured
    const figures = [
      ...compare({ baseline: googles, ours: rest, of: 'warm' }),
      ...compare({ baseline: azures, ours: rest, of: 'warm' }),
      ...compareCheckouts(rest, 'warm'),
    ]
    return [{ title: 'A token from memory', figures, measured }]
  },
}

function google(): Subject {
  const client = new OAuth2Client()
  client.setCredentials({ access_token: 'a'.repeat(900), expiry_date: Date.now() + HOUR })
  return { name: 'google-auth-library', run: oneByOne(() => client.getAccessToken()) }
}

function azure(): Subject {
  const credential: TokenCredential = {
    getToken: async () => ({ token: 'a'.repeat(900), expiresOnTimestamp: Date.now() + HOUR }),
  }
  const policy = bearerTokenAuthenticationPolicy({ credential, scopes: 'api' })
  const request = createPipelineRequest({ url: 'https://api.test/' })
  const answer = { request, headers: createHttpHeaders(), status: 200 }
  return {
    name: 'Azure token cycler',
    run: oneByOne(() => policy.sendRequest(request, async () => answer)),
  }
}
