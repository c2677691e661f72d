import { styleText } from 'node:util'
import type { Section } from '../scenario.ts'
import { showGoal, showMeasurement, showValue } from './format.ts'

/** Prints the figures of a section, then what they were made of. */
export function printSection({ title, figures, measured }: Section): void {
  console.log(`  ${title}`)
  for (const figure of figures) {
    const goal = showGoal(figure)
    const verdict = goal
      ? styleText(goal.isMet ? 'green' : 'yellow', goal.isMet ? 'ok' : 'over')
      : ''
    const { floor, unit } = figure
    const alone = floor === undefined ? '' : ` (guards alone ${showValue({ value: floor, unit })})`
    const bound = goal ? `goal ${goal.goal}${alone}` : ''
    console.log(
      `    ${figure.name.padEnd(66)} ${showValue(figure).padStart(15)}  ${bound.padEnd(42)} ${verdict}`,
    )
  }
  for (const row of measured) {
    const [wall, cpu, perSecond] = showMeasurement(row)
    const times = `${wall.padStart(14)}  CPU ${cpu.padStart(14)}  ${perSecond.padStart(12)}/s`
    console.log(styleText('dim', `      ${row.name.padEnd(44)} ${times}`))
  }
}
