import { describe, expect, it } from 'vitest'
import { thrown } from './emulators.ts'

export interface OptionsSuite<Options extends object> {
  /** Names the options object in test titles. */
  readonly what: string
  /** Creates something from the options; throws for those that cannot work. */
  create(options: Options): unknown
  /** Options that work. */
  readonly valid: Options
  /** For each option a value that cannot work, and a slip of its name. */
  readonly options: {
    readonly [Name in keyof Required<Options>]: readonly [wrong: unknown, nearMiss: string]
  }
}

/** Every option refuses a wrong value, an unknown name and a near miss with the one error for a developer's mistake. */
export function describeOptions<Options extends object>(suite: OptionsSuite<Options>): void {
  const { what, create, valid } = suite
  const cases = Object.entries<readonly [unknown, string]>(suite.options)
  // The values are wrong on purpose, so they cannot have the type.
  const errorOf = (more: object): Error => thrown(() => create(Object.assign({}, valid, more)))

  describe(`the options of ${what}`, () => {
    it('are accepted when they are right', () => {
      expect(() => create(valid)).not.toThrow()
    })

    it.each(cases)('refuse a wrong value of %s', (name, [wrong]) => {
      const error = errorOf({ [name]: wrong })
      expect(error).toMatchObject({
        name: 'ConfigError',
        code: expect.stringMatching(/^config_(invalid|missing)$/),
        message: expect.stringContaining(name),
        hint: expect.stringMatching(/\w/),
      })
    })

    it.each(cases)('ask for %s when its name is misspelt', (name, [, nearMiss]) => {
      const error = errorOf({ [nearMiss]: Reflect.get(valid, name) })
      expect(error).toMatchObject({
        name: 'ConfigError',
        code: 'config_invalid',
        message: expect.stringContaining(`did you mean "${name}"?`),
      })
    })

    it('refuse a name that is unknown, and list those that are known', () => {
      const error = errorOf({ zzzzzz: 'a secret value' })
      expect(error).toMatchObject({ name: 'ConfigError', code: 'config_invalid' })
      expect(error.message).not.toContain('secret')
      const hint = String(Reflect.get(error, 'hint'))
      for (const [name] of cases) expect(hint).toContain(name)
      expect(hint).not.toMatch(/options of [^:]*options/)
    })

    it.each([null, 'text', 7, []])('refuse %j in their place', (value) => {
      expect(thrown(() => create(value as never))).toMatchObject({ name: 'ConfigError' })
    })
  })
}
