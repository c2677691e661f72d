import { compare, compareCheckouts } from '../measuring/figures.ts'
import { measure, oneByOne, type Subject } from '../measuring/measure.ts'
import type { Scenario } from '../scenario.ts'
import type { Checkout } from '../world/checkouts.ts'
import { API_URL, socketlessOptions, unlimitedClient } from '../world/clients.ts'

const MANY = 10_000

/** Whether a call takes longer when its client may call many APIs. */
export const manyResources: Scenario = {
  name: 'many-resources',
  method: `\`client.fetch\` by URL, which finds the resource, with ${MANY} resources at as many origins and with one. AuthSec and the API answer from memory.`,
  async run({ checkouts, pace }) {
    const subjects = checkouts.flatMap((each) => [caller(each, MANY), caller(each, 1)])
    const measured = await measure(subjects, pace)
    const figures = checkouts.flatMap((_, index) =>
      compare({
        baseline: measured[2 * index + 1],
        ours: [measured[2 * index]],
        of: `${MANY} resources`,
        goal: index === 0 ? 'call among 10 000 resources / 1' : undefined,
      }),
    )
    figures.push(...compareCheckouts([measured[0], measured[2]], `${MANY} resources`))
    return [{ title: 'A call among many resources', figures, measured }]
  },
}

function caller({ core, label }: Checkout, count: number): Subject {
  const others = Array.from({ length: count - 1 }, (_, index) => ({
    name: `api-${index}`,
    baseUrl: `https://api-${index}.test/v1/`,
  }))
  const options = socketlessOptions('{}')
  const resources = [...others, ...(options.resources ?? [])]
  const client = unlimitedClient(core, { ...options, resources })
  return {
    name: `${count === 1 ? 'one resource' : 'many resources'}${label}`,
    run: oneByOne(async () => {
      await (await client.fetch(`${API_URL}records/7`)).arrayBuffer()
    }),
  }
}
