import { type DoctorCode, doctorCodes, severities } from './codes.ts'

const INTRODUCTION = `# What the doctor finds

Written by \`pnpm vitest run packages/cli/test/doctor-page.test.ts -u\` from the table of
[\`@authsec/cli\`](../packages/cli).

\`authsec doctor\` reports each of these codes with what it saw. \`authsec explain CODE\` prints a row. An *error* keeps
the agent from working; with a *warning* it works now, or by accident.
`

/** The table as a page of the documentation: one heading for each code, to which findings link. */
export function doctorPage(): string {
  const codes = Object.keys(doctorCodes) as DoctorCode[]
  return `${INTRODUCTION}${codes.map(sectionOf).join('')}`
}

function sectionOf(code: DoctorCode): string {
  const { meaning, cause, fix } = doctorCodes[code]
  const kind = severities[code] === 'error' ? 'Error' : 'Warning'
  return `\n## ${code}\n\n${kind}: ${meaning}\n\n- **Cause:** ${cause}\n- **Fix:** ${fix}\n`
}
