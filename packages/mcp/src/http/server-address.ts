import { invalidOption, type OptionCheck } from '@authsec/core/adapter'

/** Whether a value is an absolute http or https URL without user name, query and fragment. */
export function isWebAddress(value: unknown): value is string {
  const url = typeof value === 'string' ? URL.parse(value) : null
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') return false
  return !url.username && !url.password && !url.search && !url.hash
}

/** A check for texts of one form. Its error shows the form, and not the value. */
export function textLike(hasForm: (value: unknown) => boolean, form: string): OptionCheck {
  return (value, field) => {
    if (!hasForm(value)) throw invalidOption(field, `must be ${form}`)
  }
}
